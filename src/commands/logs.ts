import { z } from 'zod';
import { OpsError } from '../core/errors.ts';
import { DEPLOYMENTS } from '../core/target.ts';
import { MAX_LINES, USUAL_LINES } from '../plan/looks/logs.ts';
import { ask } from './ask.ts';
import { defineCommand } from './define.ts';
import { requireRight } from './rights.ts';
import { DEPLOYMENT, SERVICE, SITE } from './slots.ts';

const input = z.strictObject({
  site: z.string(),
  deployment: z.enum(DEPLOYMENTS),
  service: z.string(),
  lines: z.string().exactOptional(),
});

/** Shows the last lines a service wrote. */
export const logs = defineCommand({
  name: 'logs',
  summary: 'the last lines that a service wrote, read at the site',
  right: 'read',
  slots: [DEPLOYMENT, SITE, { ...SERVICE, required: true, about: 'the service' }],
  flags: [
    {
      name: 'lines',
      short: 'n',
      key: 'lines',
      value: 'N',
      about: `how many lines, at most ${MAX_LINES}; ${USUAL_LINES} when left out`,
      check: checkLines,
    },
  ],
  examples: ['logs dev aws rpc-server', 'logs prod jgi run-daemon -n 200'],
  schema: input,
  async run(wish, context) {
    if (wish.lines !== undefined) checkLines(wish.lines);
    requireRight(context, 'read', wish.site, wish.deployment);
    return ask(context, 'logs', wish, { service: wish.service, lines: wish.lines ?? String(USUAL_LINES) });
  },
});

function checkLines(text: string): void {
  if (/^[1-9]\d{0,3}$/.test(text) && Number(text) <= MAX_LINES) return;
  throw new OpsError('usage.flag', `-n: got "${text.slice(0, 20)}", expected a whole number 1–${MAX_LINES}`);
}
