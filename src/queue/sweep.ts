import type { Redis } from 'ioredis';
import type { SharedBackend } from './shared-backend.ts';

export interface SweepParts {
  readonly redis: Redis;
  /** Queues whose workers share this process. */
  readonly queues: readonly SharedBackend[];
  /** Told of each job whose worker is gone, after it was put back. */
  onStalled(queue: SharedBackend, jobId: string): void;
}

/**
 * Looks once for what no marker tells: jobs whose worker is gone go back to their queue, and a worker that waits beside
 * a job is woken. One command when the queues are empty, however many they are. (By themselves BullMQ's workers look
 * so for one queue each, with two scripts, and mostly for nothing.)
 */
export async function sweep({ redis, queues, onStalled }: SweepParts): Promise<void> {
  if (queues.length === 0 || (await redis.exists(queues.flatMap(keysOf))) === 0) return;
  await Promise.all(
    queues.map(async (queue) => {
      const [active = '', ...waiting] = keysOf(queue);
      const [begun, left] = await Promise.all([redis.exists(active), redis.exists(waiting)]);
      if (begun > 0) for (const jobId of await queue.moveStalledJobsToWait()) onStalled(queue, jobId);
      if (left > 0) queue.wake();
    }),
  );
}

/** Keys that exist while jobs are begun, and while they wait or are put aside. */
function keysOf(queue: SharedBackend): string[] {
  return ['active', 'wait', 'prioritized', 'delayed'].map((type) => queue.toKey(type));
}
