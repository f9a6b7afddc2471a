/** The time that a sandbox's bot and worker go by: the machine's, or as much later as it has been moved on. */
export interface SandboxClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Moves on to an instant; to one that has passed, nothing moves. */
  forward(to: number): void;
}

export function createSandboxClock(): SandboxClock {
  let ahead = 0;
  const now = () => Date.now() + ahead;
  return {
    now,
    forward(to) {
      ahead += Math.max(0, to - now());
    },
  };
}
