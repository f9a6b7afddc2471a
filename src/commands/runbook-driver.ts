import { randomUUID } from 'node:crypto';
import { problemOf } from '../core/errors.ts';
import type { Jobs } from '../queue/api.ts';
import { advanceRunbook, isRunbookOver, type RunbookRun } from '../runbooks/run.ts';
import type { Directory } from './command.ts';
import { nextEvent } from './runbook-step.ts';

export interface RunbookDriverParts {
  readonly jobs: Jobs;
  readonly directory: Directory;
  /** Which runs this process carries on. */
  takes(run: RunbookRun): boolean;
  /** Brings what is known of people up to date before something is done in their name. */
  refresh?(): Promise<void>;
  /** Told of what could not be done for now. */
  warn(what: { readonly run: string; readonly reason: string }): void;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Carries runs of runbooks on. */
export interface RunbookDriver {
  /** Begins to follow jobs and runs, and goes on with what an earlier process left. */
  start(): Promise<void>;
  /** Ends following; what is under way at a site goes on there, and the run with the next driver. */
  close(): Promise<void>;
}

/** A process that has stopped carrying a run on is succeeded after this, in milliseconds. */
const HOLD_MS = 10_000;
/** Runs are looked at this often even when nothing was heard of them, in milliseconds. */
const TURN_MS = 2_000;

/**
 * One process at a time carries a run on, as long as it holds it; each change is kept only on top of the one before.
 * What is done next follows from the run as kept, so that any process can go on at any moment.
 */
export function createRunbookDriver(parts: RunbookDriverParts): RunbookDriver {
  const { jobs, directory, now } = parts;
  const owner = randomUUID();
  const working = new Map<string, Promise<void>>();
  const again = new Set<string>();
  const stops: (() => Promise<void>)[] = [];
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  /** Carries a run on as far as it goes now; a call while that is done has it looked at once more. */
  function wake(id: string): void {
    if (closed) return;
    if (working.has(id)) {
      again.add(id);
      return;
    }
    const work = carryOn(id)
      .catch((error: unknown) => parts.warn({ run: id, reason: problemOf(error).message }))
      .finally(() => {
        working.delete(id);
        if (again.delete(id)) wake(id);
      });
    working.set(id, work);
  }

  async function carryOn(id: string): Promise<void> {
    const first = (await jobs.runbooks.find(id))?.run;
    if (first === undefined || isRunbookOver(first) || first.status === 'waiting' || !parts.takes(first))
      return;
    if (!(await jobs.runbooks.hold(id, owner, HOLD_MS))) return;
    const renewal = setInterval(() => {
      jobs.runbooks.hold(id, owner, HOLD_MS).catch(() => undefined);
    }, HOLD_MS / 3);
    try {
      await parts.refresh?.();
      while (!closed && (await turn(id)));
    } finally {
      clearInterval(renewal);
      await jobs.runbooks.release(id, owner).catch(() => undefined);
    }
  }

  /** True when something has changed. */
  async function turn(id: string): Promise<boolean> {
    const run = (await jobs.runbooks.find(id))?.run;
    if (run === undefined) return false;
    const event = await nextEvent(run, { caller: run.actor, jobs, directory, now });
    if (event === undefined) return false;
    const next = advanceRunbook(run, event);
    // Where another change has come between, the next turn starts from that.
    if (next === run) return false;
    await jobs.runbooks.save(next);
    return true;
  }

  async function wakeAll(): Promise<void> {
    for (const { id } of await jobs.runbooks.live()) wake(id);
  }

  return {
    async start() {
      stops.push(await jobs.runbooks.watch(({ id }) => wake(id)));
      stops.push(await jobs.watch(() => void wakeAll().catch(() => undefined)));
      timer = setInterval(() => void wakeAll().catch(() => undefined), TURN_MS);
      await wakeAll();
    },
    async close() {
      closed = true;
      clearInterval(timer);
      for (const stop of stops.splice(0)) await stop();
      await Promise.all(working.values());
    },
  };
}
