import type { Redis } from 'ioredis';
import { z } from 'zod';
import { type Intention, intendedAfter } from '../core/intention.ts';
import type { RunState } from '../core/run.ts';
import { INTENDED_KEY } from './names.ts';

const intentionSchema: z.ZodType<Intention> = z.object({
  site: z.string(),
  deployment: z.string(),
  wanted: z.enum(['up', 'down']).exactOptional(),
  version: z.string().exactOptional(),
  except: z.array(z.string()),
  by: z.string().exactOptional(),
  at: z.number().exactOptional(),
  jobId: z.string().exactOptional(),
  left: z.object({ jobId: z.string(), at: z.number(), what: z.string() }).exactOptional(),
});

/** What is intended for every target on record. */
export async function readIntentions(redis: Redis): Promise<readonly Intention[]> {
  const stored = await redis.hvals(INTENDED_KEY);
  return stored.flatMap((text) => read(text) ?? []);
}

/**
 * Records what a run that has ended means for its target. Runs of one target come one after another, so that nothing
 * is lost between reading and writing.
 */
export async function recordOutcome(redis: Redis, state: RunState): Promise<void> {
  const before = await redis.hget(INTENDED_KEY, state.target);
  const known = before === null ? undefined : read(before);
  const after = intendedAfter(known, state);
  if (after === undefined || after === known) return;
  await redis.hset(INTENDED_KEY, state.target, JSON.stringify(after));
}

function read(text: string): Intention | undefined {
  try {
    const parsed = intentionSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
