import type { Clock } from './clock.ts';

/**
 * Calls per minute that Slack allows one app in one workspace, over all channels, by method. Source: Slack's reference,
 * "Rate limits" and the page of each method. Methods that are called because a person clicks are not among them.
 */
export const PER_MINUTE = {
  // "Several hundred" besides one a second and channel.
  'chat.postMessage': 300,
  'chat.getPermalink': 300,
  'chat.update': 50,
  'conversations.history': 50,
  'conversations.replies': 50,
  'conversations.open': 50,
  'conversations.list': 20,
  // Of the two calls of an upload each counts for itself.
  'files.getUploadURLExternal': 100,
} as const;

export type PacedMethod = keyof typeof PER_MINUTE;

/** Keeps the calls of this process within what Slack allows, over all channels. */
export interface Pace {
  /**
   * The earliest moment at which a call of this method may be made, as {@link Clock.elapsed} counts.
   * @param urgent false leaves half of what may be called in a row to calls that matter more
   */
  at(method: PacedMethod, urgent: boolean): number;
  /** Counts a call that is made now. */
  spend(method: PacedMethod): void;
  /** Counts a call and resolves when it may be made; in the order of asking. */
  take(method: PacedMethod): Promise<void>;
}

/** The part of a minute's calls that may be made in a row. */
const BURST = 1 / 5;

/**
 * Makes a {@link Pace}: a token bucket per method. Calls in a row and those that a minute fills up again are together
 * what Slack allows, so that no minute, wherever it begins, sees more.
 */
export function createPace(clock: Clock): Pace {
  const buckets = new Map<PacedMethod, { tokens: number; since: number }>();

  /** May be below zero, when more is asked for than may be made now. */
  function tokensOf(method: PacedMethod): number {
    const burst = PER_MINUTE[method] * BURST;
    const known = buckets.get(method);
    if (known === undefined) return burst;
    return Math.min(burst, known.tokens + (clock.elapsed() - known.since) * perMs(method));
  }

  function at(method: PacedMethod, urgent: boolean): number {
    const kept = urgent ? 0 : (PER_MINUTE[method] * BURST) / 2;
    const missing = kept + 1 - tokensOf(method);
    return missing <= 0 ? clock.elapsed() : clock.elapsed() + Math.ceil(missing / perMs(method));
  }

  function spend(method: PacedMethod): void {
    buckets.set(method, { tokens: tokensOf(method) - 1, since: clock.elapsed() });
  }

  return {
    at,
    spend,
    take(method) {
      const wait = at(method, true) - clock.elapsed();
      spend(method);
      return wait <= 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            clock.after(wait, resolve);
          });
    },
  };
}

const perMs = (method: PacedMethod) => (PER_MINUTE[method] * (1 - BURST)) / 60_000;
