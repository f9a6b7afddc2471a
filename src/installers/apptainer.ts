import type { FileSpec } from '../core/file.ts';
import type { Service } from '../core/service.ts';
import { isReference } from '../core/site-path.ts';
import { type Target, variable } from '../core/target.ts';
import { apptainerFindings } from './apptainer-findings.ts';
import { imagePlaces } from './apptainer-image.ts';
import { loginFiles } from './apptainer-login.ts';
import { type ApptainerFacts, liveApptainer, observeApptainer } from './apptainer-observe.ts';
import { apptainerInstanceSchema, apptainerRunSchema, programOf } from './apptainer-options.ts';
import { stageApptainer } from './apptainer-stage.ts';
import { keptApptainer, pruneApptainer, switchApptainer } from './apptainer-switch.ts';
import type { Installer } from './installer.ts';

/** What both methods do alike: everything but how a shim starts a service. */
const shared = {
  secrets: loginFiles,
  observe: observeApptainer,
  installed: (_target: Target, facts: ApptainerFacts) => facts.installed,
  live: liveApptainer,
  nothing: { installed: {}, releases: [], foreign: [] },
  findings: apptainerFindings,
  stage: stageApptainer,
  kept: keptApptainer,
  switch: switchApptainer,
  prune: pruneApptainer,
};

/** JAWS Site in a container image, each service in the foreground of a container of its own. */
export const apptainerRun: Installer<ApptainerFacts> = {
  ...shared,
  kind: 'apptainer-run',
  schema: apptainerRunSchema,
  files: (target) => target.services.map((service) => shimOf(target, service, 'shims/apptainer-run', {})),
};

/** JAWS Site in a container image, each service as an Apptainer instance: a container in the background. */
export const apptainerInstance: Installer<ApptainerFacts> = {
  ...shared,
  kind: 'apptainer-instance',
  schema: apptainerInstanceSchema,
  files: (target) =>
    target.services.map((service) => {
      const instance = `jaws-${service.name}-${target.deployment}`;
      return shimOf(target, service, 'shims/apptainer-instance', {
        instance,
        pidFile: `${target.paths.log}/${instance}.pid`,
        // systemd gives little of the site's environment to a unit.
        login: isReference(programOf(target)),
      });
    }),
};

/** The shims name the link to the live image, so that a switch needs no new ones. */
function shimOf(
  target: Target,
  service: Service,
  template: string,
  more: Readonly<Record<string, string | boolean>>,
): FileSpec {
  const { bin, config, log } = target.paths;
  return {
    path: `${bin}/${service.name}`,
    template,
    mode: 0o700,
    data: {
      program: programOf(target),
      envFile: `${config}/site.env`,
      confMount: mount(`${config}/jaws-site.conf`, '/etc/config/site/jaws-site.conf', 'ro'),
      logMount: mount(log, '/var/log/site'),
      image: imagePlaces(target).live,
      log: `/var/log/site/${service.containerLog}`,
      level: variable(target, 'JAWS_LOG_LEVEL'),
      subcommand: service.name,
      ...more,
    },
  };
}

/** A value of `--mount`, which Apptainer reads as one line of CSV. */
function mount(source: string, destination: string, ...flags: readonly string[]): string {
  return ['type=bind', `source=${source}`, `destination=${destination}`, ...flags]
    .map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field))
    .join(',');
}
