/** Waits between tries, longer each time, until a time limit since the last success. */
export interface Backoff {
  /** Waits before the next try, or until woken; false when the limit has passed and there should be none. */
  wait(wake?: AbortSignal): Promise<boolean>;
  /** There was a success: the next wait is short again, and the limit starts anew. */
  reset(): void;
}

const FIRST_MS = 100;
const LONGEST_MS = 5_000;

export function createBackoff(limitMs: number): Backoff {
  let delay = FIRST_MS;
  let since: number | undefined;
  return {
    async wait(wake) {
      since ??= performance.now();
      const left = limitMs - (performance.now() - since);
      if (left <= 0) return false;
      await pause(Math.min(delay, left), wake);
      delay = Math.min(delay * 2, LONGEST_MS);
      return true;
    },
    reset() {
      delay = FIRST_MS;
      since = undefined;
    },
  };
}

function pause(ms: number, wake: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      wake?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    if (wake?.aborted) end();
    wake?.addEventListener('abort', end, { once: true });
  });
}
