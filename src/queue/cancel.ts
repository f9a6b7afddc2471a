import type { Redis } from 'ioredis';
import { OpsError } from '../core/errors.ts';
import type { Caller } from '../core/request.ts';
import { CANCEL_CHANNEL, CANCEL_TTL_SEC, cancelKey } from './names.ts';
import { callerSchema } from './schema.ts';

/** Leaves the wish where a worker finds it, whether it has the job already or takes it later, and says so at once. */
export async function askToCancel(redis: Redis, jobId: string, caller: Caller): Promise<void> {
  await redis
    .multi()
    .set(cancelKey(jobId), JSON.stringify(caller), 'EX', CANCEL_TTL_SEC)
    .publish(CANCEL_CHANNEL, jobId)
    .exec();
}

/** Whether somebody wants a job to be cancelled. */
export async function isCancelWanted(redis: Redis, jobId: string): Promise<boolean> {
  return (await redis.exists(cancelKey(jobId))) === 1;
}

/** The worker's ear for wishes to cancel. */
export interface Cancels {
  /** Aborts a job whose cancel was asked for before this worker took it. */
  check(jobId: string): Promise<void>;
  close(): void;
}

/**
 * Listens for cancels on a connection of its own. What was asked for while the connection was away is found again
 * when it is back.
 * @param abort ends the run of a job with a reason that is an OpsError('job.cancelled') naming who wanted it
 * @param running ids of the jobs this worker has
 */
export function createCancels(
  redis: Redis,
  ear: Redis,
  running: () => readonly string[],
  abort: (jobId: string, reason: OpsError) => void,
): Cancels {
  async function check(jobId: string): Promise<void> {
    const wish = await redis.get(cancelKey(jobId));
    if (wish !== null) abort(jobId, new OpsError('job.cancelled', `cancelled by ${nameIn(wish)}`));
  }
  const hear = (jobId: string) => void check(jobId).catch(() => undefined);
  ear.on('message', (_channel, jobId) => hear(jobId));
  ear.on('ready', () => {
    void ear.subscribe(CANCEL_CHANNEL).then(
      () => running().forEach(hear),
      () => undefined,
    );
  });
  ear.on('error', () => undefined);
  return { check, close: () => ear.disconnect() };
}

function nameIn(wish: string): string {
  try {
    return callerSchema.parse(JSON.parse(wish)).name;
  } catch {
    return 'somebody';
  }
}
