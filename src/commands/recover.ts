import { z } from 'zod';
import { defineCommand } from './define.ts';
import { DURING_MAINTENANCE, REASON } from './flags.ts';
import { runRunbook } from './runbook-runs.ts';
import { SITE } from './slots.ts';

/** The runbook that brings a site back. */
const RUNBOOK = 'restart-after-maintenance';

/** Brings everything that should be up at a site back, after a maintenance or a reboot. */
export const recover = defineCommand({
  name: 'recover',
  summary: 'bring back what should be up at a site, after a maintenance or a reboot',
  right: 'operate',
  slots: [SITE],
  flags: [REASON, DURING_MAINTENANCE],
  examples: ['recover jgi'],
  schema: z.strictObject({
    site: z.string(),
    reason: z.string().exactOptional(),
    duringMaintenance: z.string().exactOptional(),
  }),
  run: (wish, context) => runRunbook(context, { name: RUNBOOK, values: {}, ...wish }),
});
