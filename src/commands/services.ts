import { z } from 'zod';
import type { Action } from '../core/request.ts';
import { DEPLOYMENTS } from '../core/target.ts';
import { isRefusedInMaintenance } from '../core/window.ts';
import type { Command } from './command.ts';
import { defineCommand } from './define.ts';
import { DRY_RUN, DURING_FREEZE, DURING_MAINTENANCE, REASON } from './flags.ts';
import { requireRight } from './rights.ts';
import { DEPLOYMENT, SERVICE, SITE } from './slots.ts';
import { submit } from './submit.ts';

const input = z.strictObject({
  site: z.string(),
  deployment: z.enum(DEPLOYMENTS),
  service: z.string().exactOptional(),
  dryRun: z.boolean().default(false),
  reason: z.string().exactOptional(),
  duringMaintenance: z.string().exactOptional(),
  duringFreeze: z.string().exactOptional(),
});

function onServices(action: Action, summary: string): Command {
  return defineCommand({
    name: action,
    summary,
    right: 'operate',
    slots: [DEPLOYMENT, SITE, SERVICE],
    flags: [DRY_RUN, REASON, ...(isRefusedInMaintenance(action) ? [DURING_MAINTENANCE] : []), DURING_FREEZE],
    examples: [`${action} dev aws`, `${action} prod jgi rpc-server`],
    schema: input,
    async run(wish, context) {
      requireRight(context, 'operate', wish.site, wish.deployment);
      return submit(context, { kind: 'action', action, ...wish });
    },
  });
}

export const start = onServices('start', 'start the services of a deployment, or one of them');
export const stop = onServices('stop', 'stop the services of a deployment, or one of them');
export const restart = onServices('restart', 'stop and start the services of a deployment, or one of them');
