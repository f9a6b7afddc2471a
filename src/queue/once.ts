import { ANSWER_LIMIT_MS, createAsk, openProducer } from './connection.ts';
import { onceKey } from './names.ts';

/** Tells the first of several equal events from its repetitions, across processes and restarts. */
export interface Once {
  /** True for the first call with this key within `ttlSec` seconds. Rejects when the store does not answer. */
  first(key: string, ttlSec: number): Promise<boolean>;
}

/**
 * Keys in Redis that expire by themselves; `NX` makes one of several simultaneous callers the first.
 * Rejects with OpsError('queue.unavailable') within seconds when Redis is away.
 * @param answerMs how long Redis may take to answer, in milliseconds
 */
export function createRedisOnce(
  redisUrl: string,
  answerMs = ANSWER_LIMIT_MS,
): Once & { close(): Promise<void> } {
  const redis = openProducer(redisUrl, answerMs);
  const ask = createAsk(redis, redisUrl, answerMs);
  return {
    async first(key, ttlSec) {
      return ask(async () => (await redis.set(onceKey(key), '1', 'EX', ttlSec, 'NX')) === 'OK');
    },
    async close() {
      redis.disconnect();
    },
  };
}

/** Past this many keys, and from then on whenever they have doubled, expired ones are looked for and removed. */
const SWEEP_AT = 1000;

/** Keys in the memory of this process. @param now milliseconds since any moment */
export function createMemoryOnce(now: () => number): Once {
  const until = new Map<string, number>();
  let sweepAt = SWEEP_AT;
  return {
    async first(key, ttlSec) {
      const at = now();
      if ((until.get(key) ?? 0) > at) return false;
      if (until.size >= sweepAt) {
        for (const [old, end] of until) if (end <= at) until.delete(old);
        sweepAt = Math.max(SWEEP_AT, until.size * 2);
      }
      until.set(key, at + ttlSec * 1000);
      return true;
    },
  };
}
