import type { Redis } from 'ioredis';
import { WORKER_TTL_MS, workerKey } from './names.ts';

const BEAT_MS = 5_000;

/** Removes a sign of life only if it is still this worker's: another one may serve the site too. */
const LEAVE_SCRIPT = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`;

/** Shows that a worker serves some sites, until it is stopped. */
export interface Heartbeat {
  beat(): Promise<void>;
  stop(): Promise<void>;
}

/** Makes a {@link Heartbeat}; the first beat is the caller's. */
export function createHeartbeat(redis: Redis, sites: readonly string[], name: string): Heartbeat {
  let stopped = false;
  async function beat(): Promise<void> {
    // A connection that is away keeps commands for later, and old signs of life are worth nothing.
    if (stopped || redis.status !== 'ready' || sites.length === 0) return;
    const commands = redis.pipeline();
    for (const site of sites) commands.set(workerKey(site), name, 'PX', WORKER_TTL_MS);
    await commands.exec();
  }
  const timer = setInterval(() => void beat().catch(() => undefined), BEAT_MS);
  return {
    beat,
    async stop() {
      stopped = true;
      clearInterval(timer);
      if (redis.status !== 'ready') return;
      await Promise.all(sites.map((site) => redis.eval(LEAVE_SCRIPT, 1, workerKey(site), name)));
    },
  };
}
