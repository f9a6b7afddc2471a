import { z } from 'zod';
import type { LookName } from '../core/look.ts';
import { DEPLOYMENTS } from '../core/target.ts';
import { ask } from './ask.ts';
import type { Command } from './command.ts';
import { defineCommand } from './define.ts';
import { requireRight, requireSite } from './rights.ts';
import { DEPLOYMENT, SITE } from './slots.ts';

/** A question to a site as a whole. */
function aboutSite(name: LookName, summary: string, examples: readonly string[]): Command {
  return defineCommand({
    name,
    summary,
    right: 'read',
    slots: [SITE],
    flags: [],
    examples,
    schema: z.strictObject({ site: z.string() }),
    async run(wish, context) {
      requireSite(context, 'read', wish.site);
      return ask(context, name, wish);
    },
  });
}

/** What could keep a site from working. */
export const doctor = aboutSite(
  'doctor',
  'what could keep a site from working: login, host, disk, software, ports, services, folders',
  ['doctor jgi'],
);

/** When a job would start. */
export const queueWait = aboutSite('queue-wait', 'when the scheduler of a site would start a job', [
  'queue-wait perlmutter',
]);

/** What a deploy would change in the files. */
export const diff = defineCommand({
  name: 'diff',
  summary: 'what a deploy would change in the files at the host, secrets masked',
  right: 'read',
  slots: [DEPLOYMENT, SITE],
  flags: [],
  examples: ['diff prod jgi'],
  schema: z.strictObject({ site: z.string(), deployment: z.enum(DEPLOYMENTS) }),
  async run(wish, context) {
    requireRight(context, 'read', wish.site, wish.deployment);
    return ask(context, 'diff', wish);
  },
});
