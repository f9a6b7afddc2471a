import { type ServiceCondition, type ServiceStatus, SUPERVISOR_GROUP } from '../core/service.ts';
import type { Target } from '../core/target.ts';
import { unitOf } from './supervisord-paths.ts';

/** One line of `supervisorctl status`. */
export interface ProcessLine {
  /** `group:program`, or the program alone when it is in no group. */
  readonly unit: string;
  readonly group: string;
  /** As supervisord calls it, e.g. `BACKOFF`. */
  readonly state: ProcessState;
  readonly pid?: number;
  readonly uptimeSec?: number;
  readonly detail?: string;
}

const STATES = [
  'STOPPED',
  'STARTING',
  'RUNNING',
  'BACKOFF',
  'STOPPING',
  'EXITED',
  'FATAL',
  'UNKNOWN',
] as const;
export type ProcessState = (typeof STATES)[number];

const LINE = new RegExp(`^(\\S+)\\s+(${STATES.join('|')})(?:\\s+(.*?))?\\s*$`);

/** The processes in the output of `supervisorctl status`; lines of another form are passed over. */
export function parseStatus(lines: readonly string[]): readonly ProcessLine[] {
  return lines.flatMap((line) => {
    const [, unit, word, description = ''] = LINE.exec(line) ?? [];
    const state = STATES.find((candidate) => candidate === word);
    if (unit === undefined || state === undefined) return [];
    const colon = unit.indexOf(':');
    const pid = /\bpid (\d+)/.exec(description)?.[1];
    const uptimeSec = parseUptime(description);
    return [
      {
        unit,
        group: colon < 0 ? unit : unit.slice(0, colon),
        state,
        ...(pid === undefined ? {} : { pid: Number(pid) }),
        ...(uptimeSec === undefined ? {} : { uptimeSec }),
        ...(description === '' || pid !== undefined ? {} : { detail: description }),
      },
    ];
  });
}

/** Seconds of `uptime 0:01:02` or `uptime 12 days, 3:04:05`; undefined when there is none. */
export function parseUptime(text: string): number | undefined {
  const match = /uptime (?:(\d+) days?, )?(\d+):(\d{2}):(\d{2})/.exec(text);
  if (!match) return undefined;
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return (((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0);
}

/**
 * BACKOFF is between two attempts, so the service is still starting. EXITED means that the process ended by itself
 * with an exit code that calls for no restart: nothing runs, so it counts as stopped, and the detail says more.
 */
const CONDITION: Readonly<Record<ProcessState, ServiceCondition>> = {
  STOPPED: 'stopped',
  STARTING: 'starting',
  RUNNING: 'running',
  BACKOFF: 'starting',
  STOPPING: 'stopping',
  EXITED: 'stopped',
  FATAL: 'fatal',
  UNKNOWN: 'unknown',
};

/** What the state of services is told from. */
export interface Processes {
  readonly processes: readonly ProcessLine[];
  /** After a settle that ended before every service was past its settle time: that time, in seconds. */
  readonly unsettledSec?: number;
}

/**
 * The target's services in the order of its catalogue; those that supervisord does not know are `missing`. What
 * supervisord starts again and again is RUNNING for a moment after each start, so a settle without an end makes it
 * `starting`.
 */
export function serviceStatuses(
  target: Target,
  { processes, unsettledSec = 0 }: Processes,
): readonly ServiceStatus[] {
  return target.services.map((service): ServiceStatus => {
    const unit = unitOf(service);
    const line = processes.find((candidate) => candidate.unit === unit);
    if (!line) return { service: service.name, unit, condition: 'missing' };
    const status = statusOf(service.name, unit, line);
    if (status.condition !== 'running' || (line.uptimeSec ?? 0) >= unsettledSec) return status;
    return { ...status, condition: 'starting', detail: `runs for ${line.uptimeSec ?? 0} s only` };
  });
}

/** What one line of supervisorctl says of a service. */
export function statusOf(service: string, unit: string, line: ProcessLine): ServiceStatus {
  const detail = detailOf(line);
  return {
    service,
    unit,
    condition: CONDITION[line.state],
    ...(line.pid === undefined ? {} : { pid: line.pid }),
    ...(line.uptimeSec === undefined ? {} : { uptimeSec: line.uptimeSec }),
    ...(detail === undefined ? {} : { detail }),
  };
}

function detailOf({ state, detail }: ProcessLine): string | undefined {
  if (state === 'EXITED') return detail === undefined ? 'ended by itself' : `ended by itself, ${detail}`;
  if (state === 'BACKOFF') return detail === undefined ? 'starting again' : `starting again: ${detail}`;
  return detail;
}

/** Members of our group that are not in the target's catalogue, e.g. of an earlier version of JAWS. */
export function strangersOf(target: Target, processes: readonly ProcessLine[]): readonly string[] {
  const ours = new Set(target.services.map(unitOf));
  return processes
    .filter((line) => line.group === SUPERVISOR_GROUP && !ours.has(line.unit))
    .map((line) => line.unit);
}

/** Groups of other teams in the same supervisord. */
export function otherGroups(processes: readonly ProcessLine[]): readonly string[] {
  return [...new Set(processes.map((line) => line.group))]
    .filter((group) => group !== SUPERVISOR_GROUP)
    .sort();
}

/**
 * What an answer of supervisorctl means. The exit code alone does not say it: 4 is both "refused" and "no such
 * group", 1 is a wrong password, a host name that does not resolve, and more.
 */
export type Answer = 'answered' | 'refused' | 'denied' | 'unresolved' | 'bad-config' | 'no-tool' | 'other';

export function answerOf(code: number, text: string): Answer {
  if (/401 Unauthorized/.test(text)) return 'denied';
  if (/gaierror/.test(text)) return 'unresolved';
  if (/refused connection|ConnectionRefusedError/.test(text)) return 'refused';
  if (code === 0 || code === 3) return 'answered';
  if (code === 4 && /no such (group|process)/.test(text)) return 'answered';
  if (code === 2) return 'bad-config';
  if (code === 126 || code === 127 || /ModuleNotFoundError|activate: No such file/.test(text))
    return 'no-tool';
  return 'other';
}
