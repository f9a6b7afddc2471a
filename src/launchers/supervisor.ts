import { join } from '../core/script.ts';
import type { Target } from '../core/target.ts';
import type { Launcher } from './launcher.ts';
import {
  backendFindings,
  launchedWithBackend,
  type SupervisorFacts,
  startBackend,
  stopBackend,
  withBackend,
} from './supervisor-backend.ts';
import { findingsOf, launchedOf } from './supervisor-findings.ts';
import { supervisorOptions, supervisorSchema } from './supervisor-options.ts';
import { startSupervisor } from './supervisor-start.ts';
import { stopSupervisor } from './supervisor-stop.ts';
import { supervisordFiles } from './supervisord-files.ts';
import { legacyLayout } from './supervisord-layout.ts';
import { NO_SUPERVISORD, observeSupervisord } from './supervisord-observe.ts';
import { settleSupervisord, settleTimeoutMs } from './supervisord-settle.ts';
import { stageSupervisord } from './supervisord-stage.ts';

/**
 * Services under a supervisord of the service account, one per site and deployment, which other teams share: they
 * keep groups of their own in the same config folder, and only our group is ever named.
 */
export const supervisor: Launcher<SupervisorFacts> = {
  kind: 'supervisor',
  schema: supervisorSchema,
  files: (target) => supervisordFiles(target, 'background'),
  observe: (target) => withBackend(target, observeSupervisord(checked(target))),
  nothing: NO_SUPERVISORD,
  settle: (target) => withBackend(target, settleSupervisord(checked(target))),
  launched: (target, facts) => launchedWithBackend(target, launchedOf(target, facts), facts),
  findings: (target, facts) => [...findingsOf(target, facts), ...backendFindings(target, facts)],
  settleTimeoutMs,
  stage: (target, facts) => stageSupervisord(checked(target), facts),
  stop: (target, _facts, service) => {
    const layout = legacyLayout(target);
    const own = stopSupervisor(target, service);
    return layout === undefined || service !== undefined ? own : join([own, stopBackend(target, layout)]);
  },
  start: (target, _facts, service) => {
    const layout = legacyLayout(target);
    const own = startSupervisor(target, service);
    return layout === undefined || service !== undefined ? own : join([startBackend(target, layout), own]);
  },
};

/** The target, after its launcher block has been checked. */
function checked(target: Target): Target {
  supervisorOptions(target);
  return target;
}
