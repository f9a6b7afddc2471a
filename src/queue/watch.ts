import { setTimeout as delay } from 'node:timers/promises';
import { isFinal, type RunState } from '../core/run.ts';
import type { Events, QueueEvent } from './events.ts';
import { readStateText } from './state-schema.ts';

/** Jobs whose last delivered `seq` is remembered, so that nothing older follows. */
const REMEMBERED = 1_000;

/** Tells several listeners of every run. */
export interface RunWatch {
  /** Calls back with each snapshot from now on, until the returned function is called and has resolved. */
  watch(listener: (state: RunState) => void): Promise<() => Promise<void>>;
}

/**
 * Turns the events of target queues into snapshots, in order per job, none twice and none after a newer one. However
 * many listen, each event is read and parsed once.
 * @param find the snapshot of a job as it stands in Redis, for events that carry none
 */
export function createRunWatch(
  events: Events,
  isTargetQueue: (queue: string) => boolean,
  find: (jobId: string) => Promise<RunState | undefined>,
): RunWatch {
  const listeners = new Set<(state: RunState) => void>();
  const lines = new Map<string, Promise<void>>();
  const delivered = new Map<string, number>();
  let listening: Promise<() => void> | undefined;

  function deliver(state: RunState): void {
    if (state.seq <= (delivered.get(state.jobId) ?? -1)) return;
    delivered.delete(state.jobId);
    // Nothing comes after the end, not even a late look at the same job.
    delivered.set(state.jobId, isFinal(state) ? Number.POSITIVE_INFINITY : state.seq);
    const [oldest] = delivered.keys();
    if (delivered.size > REMEMBERED && oldest !== undefined) delivered.delete(oldest);
    for (const listener of [...listeners]) {
      try {
        listener(state);
      } catch (error) {
        process.emitWarning(error instanceof Error ? error : String(error));
      }
    }
  }

  async function handle(event: QueueEvent): Promise<void> {
    const carried =
      event.event === 'progress'
        ? readStateText(event.fields.get('data'))
        : event.event === 'completed'
          ? readStateText(event.fields.get('returnvalue'))
          : undefined;
    if (carried) return deliver(carried);
    while (listeners.size > 0) {
      try {
        const state = await find(event.jobId);
        if (state) deliver(state);
        return;
      } catch {
        // Redis went away between event and look: the end of a run must not be missed.
        await delay(500);
      }
    }
  }

  function hear(event: QueueEvent): void {
    if (!isTargetQueue(event.queue) || !TOLD.has(event.event)) return;
    const line = (lines.get(event.queue) ?? Promise.resolve()).then(() => handle(event));
    lines.set(event.queue, line);
  }

  return {
    async watch(listener) {
      // One listener given twice is two.
      const mine = (state: RunState) => listener(state);
      listening ??= events.listen(hear);
      const started = listening;
      try {
        await started;
      } catch (error) {
        if (listening === started) listening = undefined;
        throw error;
      }
      listeners.add(mine);
      return async () => {
        listeners.delete(mine);
        await Promise.all(lines.values());
      };
    },
  };
}

const TOLD = new Set(['added', 'progress', 'completed', 'failed']);
