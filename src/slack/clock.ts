/** Time as an argument, so that pacing can be tested without waiting. */
export interface Clock {
  /** The time of day, in milliseconds since the epoch; somebody may set it, also back. */
  now(): number;
  /** Milliseconds since some moment. Waits, limits and ages go by it, as it only ever goes on. */
  elapsed(): number;
  /** Calls back once after `ms`; the returned function prevents it. */
  after(ms: number, callback: () => void): () => void;
}

/** The time of the machine. Its timers do not keep a process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
