import type { FileSpec } from '../core/file.ts';
import { SUPERVISOR_GROUP } from '../core/service.ts';
import { type Target, variable } from '../core/target.ts';
import type { Launcher } from './launcher.ts';
import { findingsOf, launchedOf } from './supervisor-findings.ts';
import { observeSupervisor, type SupervisorFacts } from './supervisor-observe.ts';
import { supervisorSchema } from './supervisor-options.ts';
import { commandOf, supervisorPaths } from './supervisor-paths.ts';
import { settleSupervisor, settleTimeoutMs } from './supervisor-settle.ts';
import { stageSupervisor } from './supervisor-stage.ts';
import { startSupervisor } from './supervisor-start.ts';
import { stopSupervisor } from './supervisor-stop.ts';

/**
 * Services under a supervisord of the service account, one per site and deployment, which other teams share: they
 * keep groups of their own in the same config folder, and only our group is ever named.
 */
export const supervisor: Launcher<SupervisorFacts> = {
  kind: 'supervisor',
  schema: supervisorSchema,
  files,
  observe: observeSupervisor,
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
  settle: settleSupervisor,
  launched: launchedOf,
  findings: findingsOf,
  settleTimeoutMs,
  stage: (target) => stageSupervisor(target),
  stop: (target, _facts, service) => stopSupervisor(target, service),
  start: (target, _facts, service) => startSupervisor(target, service),
};

/** Configuration and wrappers. supervisord always leaves into the background here: nothing waits for it. */
function files(target: Target): readonly FileSpec[] {
  const { paths } = target;
  const { conf, siteConf, venv, supervisord, supervisorctl } = supervisorPaths(target);
  return [
    {
      path: conf,
      template: 'supervisor/supervisor.conf',
      mode: 0o600,
      data: {
        bind: variable(target, 'JAWS_SUPERVISOR_HOST'),
        port: variable(target, 'JAWS_SUPERVISOR_PORT'),
        password: variable(target, 'JAWS_SUPERVISORD_PW'),
        log: paths.log,
        supervisorDir: paths.supervisor,
        nodaemon: 'false',
        deployment: target.deployment,
        clientUrl: variable(target, 'JAWS_SUPERVISOR_URL'),
        configDir: paths.config,
      },
    },
    {
      path: siteConf,
      template: 'supervisor/supervisor.site.conf',
      mode: 0o600,
      data: {
        group: SUPERVISOR_GROUP,
        programs: target.services.map((service) => ({
          program: service.program,
          command: commandOf(target, service),
        })),
      },
    },
    { path: supervisord, template: 'supervisor/supervisord', mode: 0o700, data: { venv, conf } },
    { path: supervisorctl, template: 'supervisor/supervisorctl', mode: 0o700, data: { venv, conf } },
  ];
}
