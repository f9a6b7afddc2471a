import type { Launcher } from './launcher.ts';
import { findingsOf, launchedOf } from './systemd-findings.ts';
import { observeSystemd, type SystemdFacts } from './systemd-observe.ts';
import { systemdSchema } from './systemd-options.ts';
import { settleSystemd, settleTimeoutMs } from './systemd-settle.ts';
import { stageSystemd } from './systemd-stage.ts';
import { startSystemd } from './systemd-start.ts';
import { stopSystemd } from './systemd-stop.ts';
import { unitFiles } from './systemd-units.ts';

/** Services as units of the service account's own systemd, `<service>-<deployment>.service`. */
export const systemd: Launcher<SystemdFacts> = {
  kind: 'systemd',
  schema: systemdSchema,
  files: unitFiles,
  observe: observeSystemd,
  nothing: {
    answer: 'answered',
    account: '',
    host: '',
    units: [],
    files: [],
    badCommands: [],
    orphans: [],
    strays: [],
    logs: [],
  },
  settle: settleSystemd,
  launched: launchedOf,
  findings: findingsOf,
  settleTimeoutMs,
  stage: () => stageSystemd(),
  stop: (target, _facts, service) => stopSystemd(target, service),
  start: (target, _facts, service) => startSystemd(target, service),
};
