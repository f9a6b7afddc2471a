import type { Redis } from 'ioredis';
import { z } from 'zod';
import { WORKER_TTL_MS, WORKERS_KEY, workerKey } from './names.ts';

const BEAT_MS = 5_000;

/** Shows that a worker serves some sites, until it is stopped. */
export interface Heartbeat {
  beat(): Promise<void>;
  stop(): Promise<void>;
}

const sitesSchema = z.array(z.string());

/**
 * Makes a {@link Heartbeat}; the first beat is the caller's. Several workers may serve one site.
 * @param name one that no other worker has
 */
export function createHeartbeat(redis: Redis, sites: readonly string[], name: string): Heartbeat {
  const sign = JSON.stringify(sites);
  let stopped = false;
  async function beat(): Promise<void> {
    // A connection that is away keeps commands for later, and old signs of life are worth nothing.
    if (stopped || redis.status !== 'ready' || sites.length === 0) return;
    await redis.multi().sadd(WORKERS_KEY, name).set(workerKey(name), sign, 'PX', WORKER_TTL_MS).exec();
  }
  const timer = setInterval(() => void beat().catch(() => undefined), BEAT_MS);
  return {
    beat,
    async stop() {
      stopped = true;
      clearInterval(timer);
      if (redis.status !== 'ready' || sites.length === 0) return;
      await redis.multi().srem(WORKERS_KEY, name).del(workerKey(name)).exec();
    },
  };
}

/** Which of the sites have a worker; names of workers that went without a word are forgotten. */
export async function sitesServed(redis: Redis, sites: readonly string[]): Promise<string[]> {
  const names = await redis.smembers(WORKERS_KEY);
  if (names.length === 0) return [];
  const signs = await redis.mget(names.map(workerKey));
  const gone = names.filter((_, i) => signs[i] === null);
  if (gone.length > 0) await redis.srem(WORKERS_KEY, gone);
  const served = new Set(signs.flatMap(sitesIn));
  return sites.filter((site) => served.has(site));
}

/** The sites in a sign of life; none in what another version wrote. */
function sitesIn(sign: string | null): readonly string[] {
  if (sign === null) return [];
  try {
    return sitesSchema.parse(JSON.parse(sign));
  } catch {
    return [];
  }
}
