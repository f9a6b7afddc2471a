import { PER_MINUTE } from '../../slack/pace.ts';

const MINUTE_MS = 60_000;
/** Messages that one channel takes in a minute: about one a second. */
const POSTS_PER_CHANNEL = 60;

/** Counts calls as Slack's rate limits do, without refusing any. */
export class Rates {
  readonly #recent = new Map<string, number[]>();
  readonly #peaks = new Map<string, number>();

  /** Notes a call. `channel` as the caller names it; `at` in milliseconds since the epoch. */
  note(method: string, channel: string, at: number): void {
    this.#count(method, at);
    if (method === 'chat.postMessage' && channel !== '') this.#count(`${method} in ${channel}`, at);
  }

  /** Most calls of a method that were ever made within one minute. */
  peak(method: string): number {
    return this.#peaks.get(method) ?? 0;
  }

  /** What Slack would have refused, one line each: `METHOD: N in a minute, M allowed`. */
  exceeded(): readonly string[] {
    const limits = new Map<string, number>(Object.entries(PER_MINUTE));
    return [...this.#peaks].flatMap(([what, peak]) => {
      const limit =
        limits.get(what) ?? (what.includes(' in ') ? POSTS_PER_CHANNEL : Number.POSITIVE_INFINITY);
      return peak > limit ? [`${what}: ${peak} in a minute, ${limit} allowed`] : [];
    });
  }

  #count(what: string, at: number): void {
    const times = [...(this.#recent.get(what) ?? []), at].filter((time) => at - time < MINUTE_MS);
    this.#recent.set(what, times);
    this.#peaks.set(what, Math.max(this.peak(what), times.length));
  }
}
