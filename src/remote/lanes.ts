/** A limit on how many channels of one connection are open at once; those who wait are served in order. */
export interface Lanes {
  /** Resolves with the function that gives the lane back. Rejects with the signal's reason when aborted first. */
  enter(signal?: AbortSignal): Promise<() => void>;
  /** Lowers the limit to those who are in now, as the server allowed no more; never below one. */
  narrow(): void;
  readonly busy: number;
}

export function createLanes(limit: number): Lanes {
  let allowed = limit;
  let busy = 0;
  const waiting: (() => void)[] = [];

  function serve(): void {
    while (busy < allowed) {
      const next = waiting.shift();
      if (next === undefined) return;
      busy++;
      next();
    }
  }

  function leave(): () => void {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      busy--;
      serve();
    };
  }

  return {
    enter(signal) {
      if (signal?.aborted) return Promise.reject(signal.reason);
      return new Promise((resolve, reject) => {
        const start = () => {
          signal?.removeEventListener('abort', give);
          resolve(leave());
        };
        const give = () => {
          waiting.splice(waiting.indexOf(start), 1);
          reject(signal?.reason);
        };
        signal?.addEventListener('abort', give, { once: true });
        waiting.push(start);
        serve();
      });
    },
    narrow() {
      allowed = Math.max(1, Math.min(allowed, busy));
    },
    get busy() {
      return busy;
    },
  };
}
