import type { ServiceCondition, ServiceStatus } from '../core/service.ts';
import type { Target } from '../core/target.ts';
import type { ServiceLog } from './launcher.ts';
import type { SystemdFacts } from './systemd-observe.ts';
import { unitOf } from './systemd-units.ts';

/** One unit as `systemctl show` tells it. */
export interface UnitState {
  readonly unit: string;
  /** `loaded`, `not-found`, `bad-setting`, `masked`, … */
  readonly load: string;
  readonly loadError: string;
  /** `active`, `activating`, `deactivating`, `inactive`, `failed`, … */
  readonly active: string;
  /** `running`, `auto-restart`, `dead`, … */
  readonly sub: string;
  /** How it ended last: `success`, `exit-code`, `signal`, `timeout`, `protocol`, … */
  readonly result: string;
  /** What the main process ended with, e.g. `exit code 1`; undefined when none has ended. */
  readonly ended?: string;
  readonly pid?: number;
  readonly ageSec?: number;
  /** Restarts by systemd itself since the last start. */
  readonly restarts: number;
  /** The condition that kept it from starting, e.g. `ConditionHost=ln010*`. */
  readonly unmet?: string;
}

/** What an answer of systemctl means. */
export type Answer = 'answered' | 'no-manager' | 'denied' | 'no-tool' | 'other';

export function answerOf(code: number, text: string): Answer {
  if (code === 0) return 'answered';
  if (code === 127) return 'no-tool';
  if (!/[Cc]onnect to .*bus|D-Bus connection/.test(text)) return 'other';
  return /[Pp]ermission denied|not permitted/.test(text) ? 'denied' : 'no-manager';
}

/** A unit from the lines of `systemctl show`. */
export function parseUnit(
  unit: string,
  lines: readonly string[],
  more: { readonly ageSec?: string | undefined; readonly unmet?: string | undefined } = {},
): UnitState {
  const values = new Map(
    lines.map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
  const text = (name: string) => values.get(name) ?? '';
  const pid = Number(text('MainPID') || 0);
  const ended = endedWith(text('ExecMainCode'), text('ExecMainStatus'));
  // Before the first start a unit's conditions are `no` as well, but nobody has looked at them yet.
  const tried = text('ConditionResult') === 'no' && /[1-9]/.test(text('ConditionTimestamp'));
  return {
    unit,
    load: text('LoadState'),
    loadError: text('LoadError').replace(/^\S+ "(.*)"$/, '$1'),
    active: text('ActiveState'),
    sub: text('SubState'),
    result: text('Result'),
    restarts: Number(text('NRestarts') || 0),
    ...(ended === undefined ? {} : { ended }),
    ...(pid > 0 ? { pid } : {}),
    ...(pid > 0 && /^\d+$/.test(more.ageSec ?? '') ? { ageSec: Number(more.ageSec) } : {}),
    ...(tried ? { unmet: more.unmet || 'a condition' } : {}),
  };
}

/** ExecMainCode is the kernel's si_code: 1 for an exit, 2 and 3 for a signal (waitid(2)). */
function endedWith(code: string, status: string): string | undefined {
  if (code === '1') return `exit code ${status}`;
  return code === '2' || code === '3' ? `signal ${status}` : undefined;
}

/** The target's services in the order of its catalogue, when systemd has answered. */
export function serviceStatuses(target: Target, facts: SystemdFacts): readonly ServiceStatus[] {
  return target.services.map((service): ServiceStatus => {
    const unit = unitOf(target, service);
    const state = facts.units.find((candidate) => candidate.unit === unit);
    if (state === undefined) return { service: service.name, unit, condition: 'missing' };
    const condition = isTooYoung(state, facts) ? 'starting' : conditionOfUnit(state);
    const refused = condition === 'running' ? undefined : pidFileRefused(facts.logs, service.name);
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
 * some changes of the operating system. Its wording differs with the version of systemd.
 */
const REFUSED =
  /PID file .*not owned|New main PID \d+ does not (belong to|exist)|PID file .*potentially unsafe|potentially unsafe symlink chain/;

function pidFileRefused(logs: readonly ServiceLog[], service: string): string | undefined {
  const line = logs
    .filter((log) => log.service === service && log.source === 'journal')
    .flatMap((log) => log.lines)
    .find((text) => REFUSED.test(text));
  return line === undefined
    ? undefined
    : 'systemd refuses the pid file; install with apptainer-run, which needs none';
}
