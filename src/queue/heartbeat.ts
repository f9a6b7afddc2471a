import type { Redis } from 'ioredis';
import { WORKER_TTL_MS, workerKey, workersKey } from './names.ts';

const BEAT_MS = 5_000;

/** Shows that a worker serves some sites, until it is stopped. */
export interface Heartbeat {
  beat(): Promise<void>;
  stop(): Promise<void>;
}

/** Makes a {@link Heartbeat}; the first beat is the caller's. Several workers may serve one site. */
export function createHeartbeat(redis: Redis, sites: readonly string[], name: string): Heartbeat {
  let stopped = false;
  async function beat(): Promise<void> {
    // A connection that is away keeps commands for later, and old signs of life are worth nothing.
    if (stopped || redis.status !== 'ready' || sites.length === 0) return;
    const commands = redis.multi();
    for (const site of sites)
      commands.sadd(workersKey(site), name).set(workerKey(site, name), '1', 'PX', WORKER_TTL_MS);
    await commands.exec();
  }
  const timer = setInterval(() => void beat().catch(() => undefined), BEAT_MS);
  return {
    beat,
    async stop() {
      stopped = true;
      clearInterval(timer);
      if (redis.status !== 'ready' || sites.length === 0) return;
      const commands = redis.multi();
      for (const site of sites) commands.srem(workersKey(site), name).del(workerKey(site, name));
      await commands.exec();
    },
  };
}

/** Which of the sites have a worker; names of workers that went without a word are forgotten. */
export async function sitesServed(redis: Redis, sites: readonly string[]): Promise<string[]> {
  const names = await Promise.all(sites.map((site) => redis.smembers(workersKey(site))));
  const entries = sites.flatMap((site, i) => (names[i] ?? []).map((name) => ({ site, name })));
  if (entries.length === 0) return [];
  const signs = await redis.mget(entries.map(({ site, name }) => workerKey(site, name)));
  const gone = entries.filter((_, i) => signs[i] === null);
  await Promise.all(gone.map(({ site, name }) => redis.srem(workersKey(site), name)));
  return sites.filter((site) => entries.some((entry, i) => entry.site === site && signs[i] !== null));
}
