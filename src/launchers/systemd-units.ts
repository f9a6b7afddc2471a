import type { FileSpec } from '../core/file.ts';
import { revealed, type Script, sh } from '../core/script.ts';
import type { Service } from '../core/service.ts';
import { isReference, sitePath } from '../core/site-path.ts';
import type { Target } from '../core/target.ts';
import { conditionHost, systemdOptions } from './systemd-options.ts';

/** Where an apptainer is when the site does not say. */
const APPTAINER = '/usr/bin/apptainer';

/** Name of a service's unit, e.g. `rpc-server-dev.service`. */
export function unitOf(target: Target, service: Service): string {
  return `${service.name}-${target.deployment}.service`;
}

/** Units of the whole target or of one service. */
export function unitsOf(target: Target, service?: string): readonly string[] {
  return servicesOf(target, service).map((one) => unitOf(target, one));
}

/**
 * The services meant: all, or the one named.
 * @throws RangeError for a service that is not in the catalogue of the target (a mistake of the caller).
 */
export function servicesOf(target: Target, name?: string): readonly Service[] {
  if (name === undefined) return target.services;
  const found = target.services.filter((candidate) => candidate.name === name);
  if (found.length === 0) throw new RangeError(`${target.id}: no service ${name}`);
  return found;
}

/** The file that starts a service. */
export function commandOf({ paths }: Target, service: Service): string {
  return `${paths.bin}/${service.name}`;
}

/** The unit folder as a shell word, quoted, with the home of the account that runs the script. */
export function unitFolder(target: Target): Script {
  const folder = systemdOptions(target).unitFolder;
  return folder.startsWith('~/') ? sh`"$HOME"/${folder.slice(2)}` : sh`${folder}`;
}

/** Whether services leave into the background by themselves, as instances of apptainer do. */
export function isForking(target: Target): boolean {
  return target.installer.kind === 'apptainer-instance';
}

/** Words of the command that stops an instance; a reference in the program's path takes a login shell. */
function stopCommand(program: string, instance: string): readonly string[] {
  if (!isReference(program)) return [program, 'instance', 'stop', instance];
  return ['/bin/bash', '-l', '-c', revealed(sh`exec ${sitePath(program)} instance stop ${instance}`)];
}

/** One unit per service. */
export function unitFiles(target: Target): readonly FileSpec[] {
  const { unitFolder: folder } = systemdOptions(target);
  const host = conditionHost(target);
  return target.services.map((service) => {
    const instance = `jaws-${service.name}-${target.deployment}`;
    return {
      path: `${folder}/${unitOf(target, service)}`,
      template: isForking(target) ? 'systemd/forking.service' : 'systemd/service',
      mode: 0o644,
      data: {
        service: service.name,
        deployment: target.deployment,
        target: target.id,
        command: commandOf(target, service),
        bound: host !== '',
        conditionHost: host,
        instance,
        pidFile: `${target.paths.log}/${instance}.pid`,
        stop: stopCommand(target.env.values['JAWS_APPTAINER_PATH'] || APPTAINER, instance),
      },
    };
  });
}
