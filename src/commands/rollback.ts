import { z } from 'zod';
import { isAct } from '../core/plan.ts';
import { isFinal, type RunState } from '../core/run.ts';
import { DEPLOYMENTS } from '../core/target.ts';
import type { CommandContext } from './command.ts';
import { defineCommand } from './define.ts';
import { DRY_RUN, DURING_FREEZE, DURING_MAINTENANCE, REASON } from './flags.ts';
import { requireRight } from './rights.ts';
import { DEPLOYMENT, SITE } from './slots.ts';
import { submit } from './submit.ts';

const input = z.strictObject({
  site: z.string(),
  deployment: z.enum(DEPLOYMENTS),
  undo: z.string().max(300).exactOptional(),
  dryRun: z.boolean().default(false),
  reason: z.string().exactOptional(),
  duringMaintenance: z.string().exactOptional(),
  duringFreeze: z.string().exactOptional(),
});

/** How many of a target's jobs are looked through for the last deploy. */
const LOOKED_THROUGH = 50;

/** Goes back to what was there before the last deploy. */
export const rollback = defineCommand({
  name: 'rollback',
  summary: 'bring back the configuration and the version that were there before the last deploy',
  right: 'deploy',
  slots: [DEPLOYMENT, SITE],
  flags: [
    {
      name: 'undo',
      key: 'undo',
      value: 'RELEASE',
      about: 'the release whose deploy is undone; the last one when left out',
    },
    DRY_RUN,
    REASON,
    DURING_MAINTENANCE,
    DURING_FREEZE,
  ],
  examples: ['rollback dev aws', 'rollback prod perlmutter --dry-run'],
  schema: input,
  async run(wish, context) {
    requireRight(context, 'deploy', wish.site, wish.deployment);
    const undo = wish.undo ?? (await unfinished(context, wish.site, wish.deployment));
    return submit(context, {
      kind: 'action',
      action: 'rollback',
      ...wish,
      ...(undo === undefined ? {} : { undo }),
    });
  },
});

/** The release that the last deploy or rollback was about, when it changed something and did not succeed. */
async function unfinished(
  { jobs }: CommandContext,
  site: string,
  deployment: string,
): Promise<string | undefined> {
  const known = await jobs.list({ site, deployment, limit: LOOKED_THROUGH });
  const last = known.map(({ state }) => state).find(isChange);
  return last === undefined || last.status === 'succeeded' ? undefined : last.release;
}

/** Whether a run has ended that replaced a release or began to. */
function isChange(state: RunState): boolean {
  const { action, dryRun } = state.request;
  return (
    (action === 'deploy' || action === 'rollback') &&
    !dryRun &&
    isFinal(state) &&
    state.steps.some(({ id, startedAt }) => isAct(id) && startedAt !== undefined)
  );
}
