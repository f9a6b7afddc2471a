import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { OpsError } from '../core/errors.ts';
import { targetId } from '../core/target.ts';
import type { Ask } from './connection.ts';
import { bullJobKey, holderKey, runQueue, type TargetName } from './names.ts';

/** How often it is looked whether a target was given back, in milliseconds. */
const LOOK_MS = 100;

/**
 * Waits until a job that has ended holds its target no more. BullMQ gives it back in the step in which it ends the job:
 * its worker is about to do that, or has gone and another one will, within the time of a lock. Only lost data leave a
 * holder that BullMQ has ended, or does not know; then nobody else would ever remove it, and it is removed here.
 * @throws OpsError refused.busy when it is not given back within `limitMs`
 */
export async function untilGivenBack(
  redis: Redis,
  ask: Ask,
  target: TargetName,
  jobId: string,
  limitMs: number,
): Promise<void> {
  const end = performance.now() + limitMs;
  const keys = [holderKey(target), bullJobKey(runQueue(target), jobId)] as const;
  while ((await ask(() => redis.eval(TAKE_BACK, keys.length, ...keys, jobId))) !== 1) {
    if (performance.now() >= end)
      throw new OpsError(
        'refused.busy',
        `${targetId(target.site, target.deployment)}: job ${jobId} has ended, and its worker has not given the target back yet`,
        { next: 'Ask again in half a minute: another worker does it when that one is gone.' },
      );
    await delay(LOOK_MS);
  }
}

const TAKE_BACK = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 1 end
if redis.call('EXISTS', KEYS[2]) == 1 and redis.call('HEXISTS', KEYS[2], 'finishedOn') == 0 then return 0 end
return redis.call('DEL', KEYS[1])`;
