/** Why a run is taken from its worker: the worker ends, or it lost the queue's lock. */
export type InterruptReason = 'shutdown' | 'lock-lost';

/**
 * The `reason` of a run's aborted signal. After `shutdown` a handler ends as soon as it safely can, leaves what
 * runs on the site running, and rejects (best with this very reason): the next worker goes on from there. After
 * `lock-lost` it does the same, and whatever it returns or reports is thrown away, because another worker may
 * have the job already.
 */
export class Interrupted extends Error {
  readonly reason: InterruptReason;

  constructor(reason: InterruptReason) {
    super(`interrupted: ${reason}`);
    this.name = 'Interrupted';
    this.reason = reason;
  }
}

/** Why the signal was aborted, or undefined when it was not, or not by the queue. */
export function interruptReason(signal: AbortSignal): InterruptReason | undefined {
  return signal.aborted && signal.reason instanceof Interrupted ? signal.reason.reason : undefined;
}
