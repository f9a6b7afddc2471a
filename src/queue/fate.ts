import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { JobFate } from '../core/run.ts';
import type { EarlierRun } from './api.ts';
import { bullJobKey, runQueue, type TargetName } from './names.ts';
import { readStateText } from './state-schema.ts';

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

const memorySchema = z.object({ memory: z.record(z.string(), z.unknown()) });

/** A job of a target with what it remembered, as far as both can be read. */
export async function earlierOf(
  redis: Redis,
  target: TargetName,
  jobId: string,
): Promise<EarlierRun | undefined> {
  const key = bullJobKey(runQueue(target), jobId);
  const [data, returned, progress] = await redis.hmget(key, 'data', 'returnvalue', 'progress');
  const state = readStateText(returned ?? undefined) ?? readStateText(progress ?? undefined);
  if (state === undefined) return undefined;
  try {
    return { state, memory: memorySchema.parse(JSON.parse(data ?? '')).memory };
  } catch {
    return { state, memory: {} };
  }
}
