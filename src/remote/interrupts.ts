import type { EndReason } from './detached-script.ts';

/** What may come between while a step is followed: its time limit, a cancel, or the wish to let it go on alone. */
export interface Interrupts {
  /** Why the step is to be ended; undefined while it may run. */
  readonly ending: EndReason | undefined;
  /** A signal for the next round trip, aborted when something new comes between. */
  renew(): AbortSignal;
  /** The step has run this long already: its time limit counts from its own start. */
  began(agoMs: number): void;
  /** @throws the reason of the abort that leaves the step to itself. */
  throwIfLeft(): void;
  stop(): void;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function watchInterrupts(
  timeoutMs: number,
  signal: AbortSignal | undefined,
  endsOn: (reason: unknown) => boolean = () => true,
): Interrupts {
  let ending: EndReason | undefined;
  let left = false;
  let wake = new AbortController();
  let timer: NodeJS.Timeout | undefined;

  function end(reason: EndReason): void {
    if (ending !== undefined) return;
    ending = reason;
    wake.abort();
  }

  function arm(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => end('timeout'), Math.min(Math.max(ms, 0), LONGEST_TIMER_MS));
  }

  function aborted(): void {
    if (endsOn(signal?.reason)) {
      end('cancel');
    } else {
      left = true;
      wake.abort();
    }
  }

  arm(timeoutMs);
  if (signal?.aborted) aborted();
  signal?.addEventListener('abort', aborted, { once: true });
  return {
    get ending() {
      return ending;
    },
    renew() {
      wake = new AbortController();
      return wake.signal;
    },
    began(agoMs) {
      if (ending === undefined) arm(timeoutMs - agoMs);
    },
    throwIfLeft() {
      if (left) throw signal?.reason;
    },
    stop() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
    },
  };
}
