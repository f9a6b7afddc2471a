import type { RunState } from '../core/run.ts';

/** Shortest time between two snapshots of one job, in milliseconds. */
const INTERVAL_MS = 200;

/** Writes snapshots of one job: the newest always, those between only as often as it makes sense to show. */
export interface Reporter {
  report(state: RunState): void;
  /** Resolves when the newest snapshot has been written, or could not be. */
  flush(): Promise<void>;
  /** Drops what is not yet written and waits for what is being written. */
  stop(): Promise<void>;
}

/**
 * Makes a {@link Reporter}. One write at a time, so that an older snapshot never lands after a newer one; a write
 * that fails is told to `onError` and otherwise forgotten, because the next snapshot is whole again.
 */
export function createReporter(
  write: (state: RunState) => Promise<void>,
  onError: (error: unknown) => void,
  intervalMs = INTERVAL_MS,
): Reporter {
  let newest: RunState | undefined;
  let writing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let last = Number.NEGATIVE_INFINITY;
  let stopped = false;

  function plan(): void {
    if (stopped || newest === undefined || writing || timer) return;
    const wait = last + intervalMs - performance.now();
    if (wait <= 0) begin();
    else
      timer = setTimeout(() => {
        timer = undefined;
        begin();
      }, wait);
  }

  function begin(): void {
    const state = newest;
    if (state === undefined || stopped) return;
    newest = undefined;
    last = performance.now();
    writing = write(state)
      .catch(onError)
      .finally(() => {
        writing = undefined;
        plan();
      });
  }

  return {
    report(state) {
      newest = state;
      plan();
    },
    async flush() {
      while (!stopped && (writing || newest)) {
        clearTimeout(timer);
        timer = undefined;
        if (!writing) begin();
        await writing;
      }
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await writing;
    },
  };
}
