import type { FileSpec } from '../core/file.ts';
import { type Target, variable } from '../core/target.ts';
import type { Installer } from './installer.ts';
import { venvFindings } from './venv-findings.ts';
import { liveVenv, observeVenv, type VenvFacts } from './venv-observe.ts';
import { venvSchema } from './venv-options.ts';
import { stageVenv } from './venv-stage.ts';
import { keptVenv, pruneVenvs, switchVenv } from './venv-switch.ts';

/** JAWS Site in Python venvs, one per release, with a symlink to the live one. */
export const venv: Installer<VenvFacts> = {
  kind: 'venv',
  schema: venvSchema,
  files,
  observe: observeVenv,
  installed: (_target, facts) => facts.installed,
  live: liveVenv,
  nothing: { source: 'ok', available: [], installed: {}, legacy: false, releases: [] },
  findings: venvFindings,
  stage: stageVenv,
  kept: keptVenv,
  switch: switchVenv,
  prune: pruneVenvs,
};

/** The shims name the symlink, so that a switch needs no new ones. */
function files(target: Target): readonly FileSpec[] {
  const { paths } = target;
  return target.services.map((service) => ({
    path: `${paths.bin}/${service.name}`,
    template: 'shims/venv',
    mode: 0o700,
    data: {
      venv: paths.venv,
      log: `${paths.log}/${service.venvLog}`,
      conf: `${paths.config}/jaws-site.conf`,
      level: variable(target, 'JAWS_LOG_LEVEL'),
      subcommand: service.name,
    },
  }));
}
