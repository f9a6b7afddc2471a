import type { Redis } from 'ioredis';
import { bullJobKey } from './names.ts';

/**
 * Replaces the data of a job when they are not JSON. BullMQ cannot even fail such a job: each worker that takes it
 * up stumbles, lets its lock run out and passes it on, and the target's queue stands still for good. With data that
 * can be parsed the job fails as unreadable, with a message.
 * @returns whether the data had to be replaced
 */
export async function mendJob(redis: Redis, queue: string, jobId: string): Promise<boolean> {
  const key = bullJobKey(queue, jobId);
  const data = await redis.hget(key, 'data');
  if (data === null) return false;
  try {
    JSON.parse(data);
    return false;
  } catch {
    await redis.hset(key, 'data', '{}');
    return true;
  }
}
