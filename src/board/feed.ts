import { problemOf } from '../core/errors.ts';
import type { Intention } from '../core/intention.ts';
import type { Lock } from '../core/lock.ts';
import { isFinal, type RunState } from '../core/run.ts';
import type { TargetStatus } from '../core/service.ts';
import { type TargetId, targetId } from '../core/target.ts';
import { inTurns, SITES_AT_ONCE } from '../core/turns.ts';
import type { Window } from '../core/window.ts';
import type { Jobs } from '../queue/api.ts';

/** All that the board shows, as it was known at one moment. */
export interface Sight {
  /** The last answer per target; none for one that nobody has asked yet. */
  readonly statuses: ReadonlyMap<TargetId, TargetStatus>;
  readonly intentions: readonly Intention[];
  readonly windows: readonly Window[];
  readonly locks: readonly Lock[];
  /** Newest first; those under way before those that have ended. */
  readonly runs: readonly RunState[];
  /** Sites for which a worker is there. */
  readonly workers: readonly string[];
  /** When Redis was read last, in milliseconds since the epoch. */
  readonly readAt?: number;
  /** Why it could not be read since. */
  readonly trouble?: string;
}

export interface FeedParts {
  readonly jobs: Pick<Jobs, 'list' | 'intended' | 'workers' | 'status'> & {
    readonly windows: Pick<Jobs['windows'], 'list'>;
    readonly locks: Pick<Jobs['locks'], 'list'>;
  };
  readonly sites: readonly string[];
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds since some moment: what is out of date goes by it, whatever is done to the time of day. */
  elapsed(): number;
  /** Calls back once after some milliseconds, unless the returned function is called before. */
  after(ms: number, run: () => void): () => void;
}

/** What everybody who looks at the board shares: one copy of the facts, fetched only while somebody looks. */
export interface Feed {
  sight(): Sight;
  /** Takes a snapshot of a run, as `watch` gives them. */
  observe(state: RunState): void;
  /** Fetches what is out of date now, for somebody who looks once. */
  glance(): void;
  /** Keeps everything up to date and calls back after changes, until the returned function is called. */
  follow(listener: () => void): () => void;
  close(): void;
}

/** How long an answer of a site is good enough, in milliseconds. */
export const STATUS_TTL_MS = 60_000;
/** How often Redis is read while somebody looks; runs under way are shown at once, without it. */
export const READ_EVERY_MS = 10_000;
const STATUS_TIMEOUT_MS = 30_000;
/** Changes within this time are told as one. */
const TOGETHER_MS = 250;
const SHOWN_RUNS = 40;

/** @see Feed */
export function createFeed(parts: FeedParts): Feed {
  const { jobs, sites, now, elapsed, after } = parts;
  const statuses = new Map<TargetId, TargetStatus>();
  const runs = new Map<string, RunState>();
  const askedAt = new Map<string, number>();
  const asking = new Set<string>();
  const turn = inTurns(SITES_AT_ONCE);
  const listeners = new Set<() => void>();
  let facts: Pick<Sight, 'intentions' | 'windows' | 'locks' | 'workers' | 'readAt' | 'trouble'> = {
    intentions: [],
    windows: [],
    locks: [],
    workers: [],
  };
  let reading = false;
  let readDueAt = Number.NEGATIVE_INFINITY;
  let telling: (() => void) | undefined;
  let ticking: (() => void) | undefined;

  function changed(): void {
    if (listeners.size === 0 || telling !== undefined) return;
    telling = after(TOGETHER_MS, () => {
      telling = undefined;
      for (const listener of listeners) listener();
    });
  }

  function take(status: TargetStatus): void {
    const id = targetId(status.site, status.deployment);
    const known = statuses.get(id)?.observedAt ?? 0;
    // What is from the future was seen before the time of day was set back.
    if (known <= status.observedAt || known > now()) statuses.set(id, status);
  }

  function takeRun(state: RunState): void {
    if ((runs.get(state.jobId)?.seq ?? -1) >= state.seq) return;
    runs.set(state.jobId, state);
    const ended = sorted(runs.values()).filter(isFinal);
    for (const { jobId } of ended.slice(SHOWN_RUNS)) runs.delete(jobId);
    if (state.observed !== undefined) take(state.observed);
  }

  async function read(): Promise<void> {
    if (reading) return;
    reading = true;
    readDueAt = elapsed() + READ_EVERY_MS;
    try {
      const [listed, intentions, windows, locks, workers] = await Promise.all([
        jobs.list({ limit: SHOWN_RUNS }),
        jobs.intended(),
        jobs.windows.list(),
        jobs.locks.list(),
        jobs.workers(),
      ]);
      for (const { state } of listed) takeRun(state);
      facts = { intentions, windows, locks, workers, readAt: now() };
    } catch (error) {
      facts = { ...facts, trouble: problemOf(error).message };
    } finally {
      reading = false;
      changed();
    }
  }

  async function ask(site: string): Promise<void> {
    if (asking.has(site) || elapsed() - (askedAt.get(site) ?? Number.NEGATIVE_INFINITY) < STATUS_TTL_MS)
      return;
    asking.add(site);
    askedAt.set(site, elapsed());
    try {
      const statuses = await turn(() => jobs.status({ kind: 'status', site }, STATUS_TIMEOUT_MS));
      for (const status of statuses) take(status);
    } catch (error) {
      facts = { ...facts, trouble: problemOf(error).message };
    } finally {
      asking.delete(site);
      changed();
    }
  }

  function glance(): void {
    if (elapsed() >= readDueAt) void read();
    for (const site of sites) void ask(site);
  }

  function tick(): void {
    glance();
    ticking = after(READ_EVERY_MS, tick);
  }

  return {
    sight: () => ({ ...facts, statuses, runs: sorted(runs.values()) }),
    observe(state) {
      takeRun(state);
      if (isFinal(state)) {
        askedAt.delete(state.request.site);
        readDueAt = Number.NEGATIVE_INFINITY;
        if (listeners.size > 0) glance();
      }
      changed();
    },
    glance,
    follow(listener) {
      listeners.add(listener);
      if (ticking === undefined) tick();
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        ticking?.();
        ticking = undefined;
      };
    },
    close() {
      listeners.clear();
      ticking?.();
      telling?.();
    },
  };
}

function sorted(runs: Iterable<RunState>): readonly RunState[] {
  return [...runs].sort(
    (a, b) =>
      Number(isFinal(a)) - Number(isFinal(b)) || b.queuedAt - a.queuedAt || (a.jobId < b.jobId ? 1 : -1),
  );
}
