import type { Target } from '../core/target.ts';
import type { Launcher } from './launcher.ts';
import { findingsOf, launchedOf } from './supervisor-findings.ts';
import { supervisorOptions, supervisorSchema } from './supervisor-options.ts';
import { startSupervisor } from './supervisor-start.ts';
import { stopSupervisor } from './supervisor-stop.ts';
import { supervisordFiles } from './supervisord-files.ts';
import { observeSupervisord, type SupervisordFacts } from './supervisord-observe.ts';
import { settleSupervisord, settleTimeoutMs } from './supervisord-settle.ts';
import { stageSupervisord } from './supervisord-stage.ts';

/**
 * Services under a supervisord of the service account, one per site and deployment, which other teams share: they
 * keep groups of their own in the same config folder, and only our group is ever named.
 */
export const supervisor: Launcher<SupervisordFacts> = {
  kind: 'supervisor',
  schema: supervisorSchema,
  files: (target) => supervisordFiles(target, 'background'),
  observe: (target) => observeSupervisord(checked(target)),
  nothing: {
    venv: 'missing',
    wrapper: 'missing',
    conf: false,
    siteConf: false,
    badCommands: [],
    answer: 'unasked',
    processes: [],
    orphans: [],
    logs: [],
  },
  settle: (target) => settleSupervisord(checked(target)),
  launched: launchedOf,
  findings: findingsOf,
  settleTimeoutMs,
  stage: (target) => stageSupervisord(checked(target)),
  stop: (target, _facts, service) => stopSupervisor(target, service),
  start: (target, _facts, service) => startSupervisor(target, service),
};

/** The target, after its launcher block has been checked. */
function checked(target: Target): Target {
  supervisorOptions(target);
  return target;
}
