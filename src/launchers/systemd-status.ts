import type { ServiceCondition, ServiceStatus } from '../core/service.ts';
import type { Target } from '../core/target.ts';
import type { ServiceLog } from './launcher.ts';
import type { SystemdFacts } from './systemd-observe.ts';
import type { UnitState } from './systemd-unit-state.ts';
import { isForking, unitOf } from './systemd-units.ts';

/** The target's services in the order of its catalogue, when systemd has answered. */
export function serviceStatuses(target: Target, facts: SystemdFacts): readonly ServiceStatus[] {
  return target.services.map((service): ServiceStatus => {
    const unit = unitOf(target, service);
    const state = facts.units.find((candidate) => candidate.unit === unit);
    if (state === undefined) return { service: service.name, unit, condition: 'missing' };
    const condition = isTooYoung(state, facts) ? 'starting' : conditionOfUnit(state);
    const refused = condition === 'running' ? undefined : pidFileRefused(target, state, facts.logs);
    const detail = [detailOf(state, facts), refused].filter((part) => part !== undefined).join('; ');
    return {
      service: service.name,
      unit,
      condition,
      ...(state.pid === undefined ? {} : { pid: state.pid }),
      ...(state.ageSec === undefined || condition !== 'running' ? {} : { uptimeSec: state.ageSec }),
      ...(detail === '' ? {} : { detail }),
    };
  });
}

function conditionOfUnit({ load, active, sub }: UnitState): ServiceCondition {
  if (active === 'active') return sub === 'running' ? 'running' : 'stopped';
  if (active === 'activating' || active === 'reloading') return 'starting';
  if (active === 'deactivating') return 'stopping';
  if (load === 'not-found') return 'missing';
  if (active === 'failed' || load !== 'loaded') return 'fatal';
  return active === 'inactive' ? 'stopped' : 'unknown';
}

function detailOf(state: UnitState, facts: SystemdFacts): string | undefined {
  const { load, active, sub, result, ended, restarts, unmet } = state;
  const often = restarts === 0 ? '' : `, ${restarts} restart${restarts === 1 ? '' : 's'}`;
  if (isTooYoung(state, facts)) return `runs for ${state.ageSec ?? 0} s only${often}`;
  if (active === 'active')
    return restarts === 0 ? undefined : `restarted by systemd${often.replace(',', ':')}`;
  if (active === 'activating' && sub === 'auto-restart')
    return `starting again after ${ended ?? result}${often}`;
  if (active === 'failed')
    return `${result === 'exit-code' || result === 'signal' ? (ended ?? result) : result}${often}`;
  if (active !== 'inactive') return undefined;
  if (load !== 'loaded' && load !== 'not-found') return `unit is ${load}: ${state.loadError}`;
  if (unmet === undefined) return undefined;
  return `not started: ${unmet} is not met${unmet.startsWith('ConditionHost=') ? ` (this is ${facts.host})` : ''}`;
}

/** True for what runs, but has not shown yet that it keeps running; known only after a settle that found no rest. */
function isTooYoung({ active, ageSec }: UnitState, { unsettledSec }: SystemdFacts): boolean {
  return active === 'active' && unsettledSec !== undefined && (ageSec ?? 0) < unsettledSec;
}

/**
 * A pid file that systemd does not trust because the account's processes left their unit, as forking units do after
 * some changes of the operating system. Its wording differs with the version of systemd; what it makes of it does
 * not: a forking unit without a main process ends with the result `protocol` (systemd.exec(5), SERVICE_RESULT).
 */
const REFUSED =
  /PID file .*not owned|New main PID \d+ does not (belong to|exist)|PID file .*potentially unsafe|potentially unsafe symlink chain/;

function pidFileRefused(
  target: Target,
  { unit, result, pid }: UnitState,
  logs: readonly ServiceLog[],
): string | undefined {
  const service = target.services.find((one) => unitOf(target, one) === unit)?.name;
  const said = logs
    .filter((log) => log.service === service && log.source === 'journal')
    .some(({ lines }) => lines.some((text) => REFUSED.test(text)));
  if (said) return `systemd refuses the pid file; ${NO_PID_FILE}`;
  return isForking(target) && result === 'protocol' && pid === undefined
    ? `systemd finds no process of the unit by its pid file; ${NO_PID_FILE}`
    : undefined;
}

const NO_PID_FILE = 'install with apptainer-run, which needs none';
