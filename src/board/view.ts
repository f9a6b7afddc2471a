import { differenceOf, type Intention, intentionFor } from '../core/intention.ts';
import { type Lock, locksOn } from '../core/lock.ts';
import { isFinal, type RunState } from '../core/run.ts';
import { TARGET_WORDS, type TargetCondition, type TargetStatus } from '../core/service.ts';
import { targetId } from '../core/target.ts';
import { activeAt, type Maintenance, type Window } from '../core/window.ts';
import type { Sight } from './feed.ts';

/** How a target is, as one of six signs. Each has a shape, a word and a colour. */
export type Sign = 'good' | 'busy' | 'warn' | 'bad' | 'off' | 'unknown';

/** One target on the board. */
export interface Cell {
  readonly site: string;
  readonly deployment: string;
  readonly sign: Sign;
  /** The last answer of the site; absent before the first. */
  readonly status?: TargetStatus;
  /** Since when its services run, in milliseconds since the epoch. */
  readonly since?: number;
  readonly intention?: Intention;
  /** What a person should look at, a few words each. */
  readonly concerns: readonly string[];
  /** The run under way or waiting. */
  readonly run?: RunState;
  /** Those who want it left alone, and until when. */
  readonly locks: readonly Lock[];
}

/** One row of the board. */
export interface Row {
  readonly site: string;
  readonly cells: readonly Cell[];
  /** When the oldest of its answers was given. */
  readonly observedAt?: number;
  /** Whether a worker is there to ask the site. */
  readonly served: boolean;
  readonly maintenance?: Maintenance;
}

/** The board, ready to be drawn. */
export interface BoardView {
  readonly rows: readonly Row[];
  readonly running: readonly RunState[];
  readonly ended: readonly RunState[];
  /** Maintenances that have not ended, the earliest first. */
  readonly coming: readonly Window[];
  readonly readAt?: number;
  readonly trouble?: string;
}

const SIGNS: Readonly<Record<TargetCondition, Sign>> = {
  running: 'good',
  degraded: 'warn',
  stopped: 'off',
  fatal: 'bad',
  'supervisor-down': 'bad',
  'not-installed': 'off',
  unreachable: 'bad',
  unknown: 'unknown',
};

/** Conditions that want a look whatever is intended. */
const TROUBLED: readonly TargetCondition[] = ['degraded', 'fatal', 'unreachable'];

export interface Layout {
  readonly sites: readonly string[];
  readonly deployments: readonly string[];
}

/** Turns facts into what is drawn. Pure. */
export function boardOf({ sites, deployments }: Layout, sight: Sight, now: number): BoardView {
  const rows = sites.map((site): Row => {
    const cells = deployments.map((deployment) => cellOf(site, deployment, sight, now));
    const times = cells.flatMap(({ status }) => (status === undefined ? [] : [status.observedAt]));
    const maintenance = activeAt(sight.windows, site, now);
    return {
      site,
      cells,
      served: sight.readAt === undefined || sight.workers.includes(site),
      ...(times.length === 0 ? {} : { observedAt: Math.min(...times) }),
      ...(maintenance === undefined ? {} : { maintenance }),
    };
  });
  return {
    rows,
    running: sight.runs.filter((run) => !isFinal(run)),
    ended: sight.runs.filter(isFinal),
    coming: sight.windows.filter(({ end, cancelledAt }) => cancelledAt === undefined && end > now),
    ...(sight.readAt === undefined ? {} : { readAt: sight.readAt }),
    ...(sight.trouble === undefined ? {} : { trouble: sight.trouble }),
  };
}

function cellOf(site: string, deployment: string, sight: Sight, now: number): Cell {
  const { statuses, intentions, runs } = sight;
  const id = targetId(site, deployment);
  const status = statuses.get(id);
  const intention = intentionFor(intentions, { site, deployment });
  const run = runs.find((known) => known.target === id && !isFinal(known));
  const since = status && sinceOf(status);
  const concerns = status === undefined ? [] : concernsOf(status, intention);
  return {
    site,
    deployment,
    sign: signOf(status, concerns, run),
    concerns,
    locks: locksOn(sight.locks, { site, deployment }, now),
    ...(status === undefined ? {} : { status }),
    ...(since === undefined ? {} : { since }),
    ...(intention === undefined ? {} : { intention }),
    ...(run === undefined ? {} : { run }),
  };
}

function signOf(
  status: TargetStatus | undefined,
  concerns: readonly string[],
  run: RunState | undefined,
): Sign {
  if (run !== undefined) return 'busy';
  const sign = status === undefined ? 'unknown' : SIGNS[status.condition];
  if (concerns.length === 0) return sign === 'bad' ? 'off' : sign;
  return sign === 'bad' ? sign : 'warn';
}

function concernsOf(status: TargetStatus, intention: Intention | undefined): readonly string[] {
  const difference = differenceOf(intention, status);
  const { left } = intention ?? {};
  return [
    ...(difference === undefined ? [] : [difference]),
    ...(left === undefined || status.condition === 'running' ? [] : [`left down: ${left.what}`]),
    ...(difference === undefined && TROUBLED.includes(status.condition)
      ? [status.detail ?? TARGET_WORDS[status.condition]]
      : []),
  ];
}

/** The moment from which on every service has been running. */
function sinceOf({ condition, services, observedAt }: TargetStatus): number | undefined {
  const uptimes = services.flatMap(({ uptimeSec }) => (uptimeSec === undefined ? [] : [uptimeSec]));
  if (condition !== 'running' || uptimes.length === 0) return undefined;
  return observedAt - Math.min(...uptimes) * 1000;
}

/** Targets that want a look, in the order of the board. */
export function attentionOf({ rows }: BoardView): readonly Cell[] {
  return rows.flatMap(({ cells }) => cells.filter(({ concerns }) => concerns.length > 0));
}
