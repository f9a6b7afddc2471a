import type { ChainableCommander, Redis } from 'ioredis';
import type { MessageRef } from './message-ref.ts';
import { JOB_TTL_SEC, jobKey, type TargetName, UNSHOWN_KEY } from './names.ts';

/** What is remembered of a job beside its queue. */
export interface Entry {
  readonly target: TargetName;
  readonly message?: MessageRef;
  readonly shownSeq?: number;
}

/** Writes the entry of a job that is being queued. */
export function writeEntry(commands: ChainableCommander, jobId: string, target: TargetName): void {
  commands
    .hset(jobKey(jobId), { site: target.site, deployment: target.deployment })
    .expire(jobKey(jobId), JOB_TTL_SEC)
    .sadd(UNSHOWN_KEY, jobId);
}

/** Removes the entry of a job that was not queued after all. */
export async function dropEntry(redis: Redis, jobId: string): Promise<void> {
  await redis.multi().del(jobKey(jobId)).srem(UNSHOWN_KEY, jobId).exec();
}

export async function readEntry(redis: Redis, jobId: string): Promise<Entry | undefined> {
  const { site, deployment, channel, ts, permalink, seq } = await redis.hgetall(jobKey(jobId));
  if (site === undefined || deployment === undefined) return undefined;
  return {
    target: { site, deployment },
    ...(channel === undefined || ts === undefined
      ? {}
      : { message: { channel, ts, ...(permalink === undefined ? {} : { permalink }) } }),
    ...(seq === undefined ? {} : { shownSeq: Number(seq) }),
  };
}

/** Where a job is shown. A job moved to another message starts there with nothing shown. */
export function writeMessage(commands: ChainableCommander, jobId: string, message: MessageRef): void {
  commands.hdel(jobKey(jobId), 'permalink', 'seq').hset(jobKey(jobId), {
    channel: message.channel,
    ts: message.ts,
    ...(message.permalink === undefined ? {} : { permalink: message.permalink }),
  });
}

/** Raises the shown `seq`; a late report of an older one changes nothing. */
export const SHOWN_SCRIPT = `
local known = tonumber(redis.call('HGET', KEYS[1], 'seq') or '-1')
if redis.call('EXISTS', KEYS[1]) == 1 and tonumber(ARGV[1]) > known then
  redis.call('HSET', KEYS[1], 'seq', ARGV[1])
end
return 0`;
