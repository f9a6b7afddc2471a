import type { Redis } from 'ioredis';
import type { JobFate } from '../core/run.ts';
import { bullJobKey, runQueue, type TargetName } from './names.ts';

/** What became of a job of a target. One that was given up has ended; one of another Redis, or dropped as old, is unknown. */
export async function fateOf(redis: Redis, target: TargetName, jobId: string): Promise<JobFate> {
  const [queuedAt, endedAt] = await redis.hmget(
    bullJobKey(runQueue(target), jobId),
    'timestamp',
    'finishedOn',
  );
  if (queuedAt === null) return 'unknown';
  return endedAt === null ? 'live' : 'ended';
}
