import type { Redis } from 'ioredis';
import { z } from 'zod';
import { type Lock, lockName } from '../core/lock.ts';
import type { Caller } from '../core/request.ts';
import type { Ask } from './connection.ts';
import { LOCK_NEWS_KEY, LOCK_WISHES_KEY, LOCKS_KEY } from './names.ts';
import { callerSchema } from './schema.ts';

/** Something about a lock that a channel is to be told. */
export interface LockNews {
  /** `taken`: somebody else's was taken over, `ended`: somebody ended another's. */
  readonly kind: 'taken' | 'ended';
  readonly lock: Lock;
  readonly by: Caller;
  readonly at: number;
}

/** Somebody who wants to be told when a target is free. */
export interface LockWish {
  readonly site: string;
  readonly deployment: string;
  readonly who: Caller;
  readonly at: number;
}

/** Locks on targets, for every process that asks. */
export interface Locks {
  /** All that are on record; those whose time is over until their end was told. */
  list(): Promise<readonly Lock[]>;
  /** Puts a lock in place of the one that was seen; false, and nothing changed, when another is there by now. */
  put(lock: Lock, seen: Lock | undefined): Promise<boolean>;
  /** Removes exactly this lock; false when it is not there any more. */
  remove(lock: Lock): Promise<boolean>;
  news(): Promise<readonly LockNews[]>;
  tell(news: LockNews): Promise<void>;
  told(news: LockNews): Promise<void>;
  wishes(): Promise<readonly LockWish[]>;
  wish(wish: LockWish): Promise<void>;
  granted(wish: LockWish): Promise<void>;
}

const lockSchema: z.ZodType<Lock> = z.object({
  site: z.string(),
  deployment: z.string(),
  reason: z.string(),
  owner: callerSchema,
  since: z.number(),
  until: z.number(),
});
const newsSchema: z.ZodType<LockNews> = z.object({
  kind: z.enum(['taken', 'ended']),
  lock: lockSchema,
  by: callerSchema,
  at: z.number(),
});
const wishSchema: z.ZodType<LockWish> = z.object({
  site: z.string(),
  deployment: z.string(),
  who: callerSchema,
  at: z.number(),
});

/** The locks on record; entries that this version cannot read are passed over. */
export async function readLocks(redis: Redis): Promise<readonly Lock[]> {
  return (await redis.hvals(LOCKS_KEY)).flatMap((text) => readable(text, lockSchema));
}

/** Replaces the field of a hash if it is what was seen; an empty new value removes it. */
const REPLACE = `
local found = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if found ~= ARGV[2] then return 0 end
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1]) else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
return 1`;

export function createLocks(redis: Redis, ask: Ask): Locks {
  const replace = (name: string, seen: string, next: string) =>
    ask(async () => (await redis.eval(REPLACE, 1, LOCKS_KEY, name, seen, next)) === 1);
  const hash = <T>(key: string, schema: z.ZodType<T>, fieldOf: (value: T) => string) => ({
    list: () => ask(async () => (await redis.hvals(key)).flatMap((text) => readable(text, schema))),
    add: (value: T) =>
      ask(async () => {
        await redis.hset(key, fieldOf(value), JSON.stringify(value));
      }),
    drop: (value: T) =>
      ask(async () => {
        await redis.hdel(key, fieldOf(value));
      }),
  });
  const news = hash(LOCK_NEWS_KEY, newsSchema, ({ lock, at }) => `${lockName(lock)}/${at}`);
  const wishes = hash(
    LOCK_WISHES_KEY,
    wishSchema,
    (wish) => `${lockName(wish)}/${wish.who.via}/${wish.who.id}`,
  );
  return {
    list: () => ask(() => readLocks(redis)),
    put: (lock, seen) => replace(lockName(lock), seen === undefined ? '' : textOf(seen), textOf(lock)),
    remove: (lock) => replace(lockName(lock), textOf(lock), ''),
    news: news.list,
    tell: news.add,
    told: news.drop,
    wishes: wishes.list,
    wish: wishes.add,
    granted: wishes.drop,
  };
}

/** The one form in which a lock is written, so that it can be compared. */
function textOf({ site, deployment, reason, owner, since, until }: Lock): string {
  const { id, name, via } = owner;
  return JSON.stringify({ site, deployment, reason, owner: { id, name, via }, since, until });
}

function readable<T>(text: string, schema: z.ZodType<T>): T[] {
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? [parsed.data] : [];
  } catch {
    return [];
  }
}
