import { type Service, SUPERVISOR_GROUP } from '../core/service.ts';
import type { Target } from '../core/target.ts';
import { legacyLayout } from './supervisord-layout.ts';

/** Where everything of supervisord is on the site. */
export interface SupervisordPaths {
  /** Symlink to supervisord's own venv, which is built under a name of its own beside it. */
  readonly venv: string;
  /** Names of the real venvs begin so. */
  readonly venvPrefix: string;
  readonly conf: string;
  readonly siteConf: string;
  readonly pidFile: string;
  readonly log: string;
  readonly supervisord: string;
  readonly supervisorctl: string;
  /** Folder it works in and keeps its pid file in. */
  readonly folder: string;
  /** What the wrappers are told before anything else; in the older layout they serve two configurations. */
  readonly confArgs: readonly string[];
}

export function supervisordPaths(target: Target): SupervisordPaths {
  const { paths } = target;
  const legacy = legacyLayout(target)?.folder;
  if (legacy !== undefined) {
    return {
      venv: `${legacy}/venv`,
      venvPrefix: `${legacy}/venv-`,
      conf: `${legacy}/supervisord-jaws.conf`,
      siteConf: `${paths.config}/supervisor.site.conf`,
      pidFile: `${legacy}/jaws-pidfile`,
      log: `${paths.log}/supervisor.log`,
      supervisord: `${legacy}/bin/supervisord`,
      supervisorctl: `${legacy}/bin/supervisorctl`,
      folder: legacy,
      confArgs: ['-c', `${legacy}/supervisord-jaws.conf`],
    };
  }
  return {
    venv: `${paths.supervisor}/venv`,
    venvPrefix: `${paths.supervisor}/venv-`,
    conf: `${paths.config}/supervisor.conf`,
    siteConf: `${paths.config}/supervisor.site.conf`,
    pidFile: `${paths.supervisor}/jaws-pidfile`,
    log: `${paths.log}/supervisor.log`,
    supervisord: `${paths.bin}/supervisord`,
    supervisorctl: `${paths.bin}/supervisorctl`,
    folder: paths.supervisor,
    confArgs: [],
  };
}

/** The file that starts a service. */
export function commandOf({ paths }: Target, service: Service): string {
  return `${paths.bin}/${service.name}`;
}

/** How supervisorctl calls a service, e.g. `jaws-site:runs`. */
export function unitOf(service: Service): string {
  return `${SUPERVISOR_GROUP}:${service.program}`;
}

/**
 * What supervisorctl is told to act on: the whole group, or one member of it.
 * @throws RangeError for a service that is not in the catalogue of the target (a mistake of the caller).
 */
export function unitsOf(target: Target, name?: string): string {
  if (name === undefined) return `${SUPERVISOR_GROUP}:*`;
  const service = target.services.find((candidate) => candidate.name === name);
  if (!service) throw new RangeError(`${target.id}: no service ${name}`);
  return unitOf(service);
}
