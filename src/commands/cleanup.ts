import { z } from 'zod';
import { DEPLOYMENTS } from '../core/target.ts';
import { ask } from './ask.ts';
import { defineCommand } from './define.ts';
import { REASON } from './flags.ts';
import { requireRight } from './rights.ts';
import { DEPLOYMENT, SITE } from './slots.ts';
import { submit } from './submit.ts';

/** Removes old inputs and run folders, or counts them. */
export const cleanup = defineCommand({
  name: 'cleanup',
  summary: 'remove inputs and run folders of a deployment that are older than its configured age',
  right: 'operate',
  slots: [DEPLOYMENT, SITE],
  flags: [{ name: 'dry-run', key: 'dryRun', about: 'count what would be removed; remove nothing' }, REASON],
  examples: ['cleanup dev jgi --dry-run', 'cleanup dev jgi'],
  schema: z.strictObject({
    site: z.string(),
    deployment: z.enum(DEPLOYMENTS),
    dryRun: z.boolean().default(false),
    reason: z.string().exactOptional(),
  }),
  async run(wish, context) {
    const { site, deployment, dryRun } = wish;
    requireRight(context, dryRun ? 'read' : 'operate', site, deployment);
    if (dryRun) return ask(context, 'cleanup', { site, deployment });
    return submit(context, { kind: 'action', action: 'cleanup', ...wish });
  },
});
