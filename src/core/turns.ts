/**
 * Sites that one command or page asks at a time. A login takes a worker some 15 ms of its one thread, and a worker may
 * serve them all: with several hundred begun together each would take longer than a connection is given to come up.
 */
export const SITES_AT_ONCE = 64;

/** Begins work of any kind in the order it comes, so much of it at a time; what it gives or throws is handed on. */
export function inTurns(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
  let busy = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    // Whoever ends hands the turn over, so that nobody comes in between.
    if (busy === limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else busy++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) busy--;
      else next();
    }
  };
}
