import type { Once } from '../queue/once.ts';
import { createMemoryOnce } from '../queue/once.ts';

/** How long the shared store may take before the memory of this process decides alone, in milliseconds. */
const STORE_LIMIT_MS = 500;

/**
 * Asks the shared store, but never waits for it: Slack wants its answer within three seconds whatever Redis does.
 * While the store is away, repetitions that reach the same process are still told apart.
 */
export function createPromptOnce(store: Once, now: () => number): Once {
  const memory = createMemoryOnce(now);
  return {
    async first(key, ttlSec) {
      if (!(await memory.first(key, ttlSec))) return false;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<true>((resolve) => {
        timer = setTimeout(() => resolve(true), STORE_LIMIT_MS);
      });
      try {
        return await Promise.race([store.first(key, ttlSec).catch((): true => true), late]);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
