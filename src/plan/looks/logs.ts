import { OpsError } from '../../core/errors.ts';
import type { Fact } from '../../core/fact.ts';
import type { Report } from '../../core/look.ts';
import type { Service } from '../../core/service.ts';
import type { Target } from '../../core/target.ts';
import { launcherOf } from '../../launchers/index.ts';
import type { ServiceLog } from '../../launchers/launcher.ts';
import { logFile, readLogs } from '../../launchers/service-log.ts';
import type { Look } from './look.ts';

/** Most lines that are asked for at once. */
export const MAX_LINES = 2000;
/** Lines when nobody said how many. */
export const USUAL_LINES = 50;

/** The last lines of one service's log; of whatever its launch tool keeps besides, too. */
export const logs: Look = {
  name: 'logs',
  scope: 'target',
  shell: 'sh',
  timeoutMs: 30_000,
  ask({ request, target }) {
    const service = serviceOf(target, request.words['service'] ?? '');
    const lines = Math.min(
      MAX_LINES,
      Math.max(1, Number(request.words['lines'] ?? USUAL_LINES) || USUAL_LINES),
    );
    const fact: Fact<readonly ServiceLog[]> =
      launcherOf(target).logs?.(target, service, lines) ??
      readLogs(target, [{ service: service.name, file: logFile(target, service) }], lines);
    return { ...fact, parse: (stdout, code) => reportOf(target, service, fact.parse(stdout, code)) };
  },
};

function serviceOf(target: Target, name: string): Service {
  const service = target.services.find((known) => known.name === name || known.program === name);
  if (service !== undefined) return service;
  const known = target.services.map((each) => each.name).join(' | ');
  throw new OpsError('usage.argument', `${target.id}: got service "${name}", expected ${known}`);
}

function reportOf(target: Target, service: Service, found: readonly ServiceLog[]): Report {
  const where = `${service.name} of ${target.deployment} at ${target.site}`;
  const filled = found.filter(({ lines }) => lines.length > 0);
  if (filled.length === 0) {
    const places = found.map(({ source }) => source).join(', ');
    return {
      title: `Logs of ${where}: nothing there`,
      next: `Looked at ${places === '' ? logFile(target, service) : places}; the service may never have been started.`,
    };
  }
  const count = filled.reduce((sum, { lines }) => sum + lines.length, 0);
  const [only] = filled;
  const single = filled.length === 1 && only !== undefined;
  return {
    title: `Logs of ${where}: the last ${count} lines${single ? ` of ${only.source}` : ''}`,
    text: single
      ? only.lines.join('\n')
      : filled.map(({ source, lines }) => [`== ${source}`, ...lines].join('\n')).join('\n\n'),
    cutFrom: 'start',
  };
}
