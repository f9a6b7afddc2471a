import { z } from 'zod';
import type { ActionRequest } from '../core/request.ts';
import { DEPLOYMENTS } from '../core/target.ts';
import { INSTALL_METHODS } from '../installers/index.ts';
import { LAUNCH_TOOLS } from '../launchers/index.ts';
import { defineCommand } from './define.ts';
import { DRY_RUN, DURING_FREEZE, DURING_MAINTENANCE, REASON } from './flags.ts';
import { requireRight } from './rights.ts';
import { checkVersion, DEPLOYMENT, SITE, VERSION } from './slots.ts';
import { submit } from './submit.ts';

const input = z.strictObject({
  site: z.string(),
  deployment: z.enum(DEPLOYMENTS),
  version: z.string().exactOptional(),
  launchTool: z.enum(LAUNCH_TOOLS).exactOptional(),
  installMethod: z.enum(INSTALL_METHODS).exactOptional(),
  dryRun: z.boolean().default(false),
  reason: z.string().exactOptional(),
  duringMaintenance: z.string().exactOptional(),
  duringFreeze: z.string().exactOptional(),
});

/** Installs a version and starts its services; or shows what that would do. */
export const deploy = defineCommand({
  name: 'deploy',
  summary: 'install a version of JAWS Site, write its configuration and start its services',
  right: 'deploy',
  slots: [DEPLOYMENT, SITE, VERSION],
  flags: [
    {
      name: 'launch-tool',
      key: 'launchTool',
      value: 'TOOL',
      choices: LAUNCH_TOOLS,
      about: "what starts the services, in place of the site's configured tool",
    },
    {
      name: 'install-method',
      key: 'installMethod',
      value: 'METHOD',
      choices: INSTALL_METHODS,
      about: "how the software is installed, in place of the site's configured method",
    },
    DRY_RUN,
    REASON,
    DURING_MAINTENANCE,
    DURING_FREEZE,
  ],
  examples: [
    'deploy dev aws',
    'deploy prod perlmutter 2.5.4 --reason "release"',
    'deploy staging jgi --dry-run',
  ],
  schema: input,
  async run(wish, context) {
    if (wish.version !== undefined) checkVersion(wish.version);
    requireRight(context, 'deploy', wish.site, wish.deployment);
    const request: ActionRequest = { kind: 'action', action: 'deploy', ...wish };
    return submit(context, request);
  },
});
