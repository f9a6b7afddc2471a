import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Window } from '../core/window.ts';
import type { Ask } from './connection.ts';
import { FOLLOWUPS_KEY, SAID_KEY, WINDOWS_KEY } from './names.ts';

/** What is to be done at a site after its maintenance, and by whom it was asked for. */
export interface FollowUp {
  /** `offer`: say again what is down; `report`: say how the targets are once nothing runs there any more. */
  readonly kind: 'offer' | 'report';
  readonly site: string;
  /** Not before this instant, in milliseconds since the epoch. */
  readonly at: number;
  readonly by: string;
}

/** Maintenance windows and what was said about them, for every process that asks. */
export interface Windows {
  /** All that are on record, the earliest first. */
  list(): Promise<readonly Window[]>;
  /** False when the id is taken; nothing was changed then. */
  add(window: Window): Promise<boolean>;
  /** Replaces a window of the same id. */
  change(window: Window): Promise<void>;
  /** Keys of all that was said. */
  said(): Promise<ReadonlySet<string>>;
  /** Remembers that something was said. */
  say(key: string, now: number): Promise<void>;
  /** What is to be done at sites, at most one of a kind per site. */
  followUps(): Promise<readonly FollowUp[]>;
  followUp(wish: FollowUp): Promise<void>;
  /** Forgets a wish, unless it was put off in the meantime. */
  followedUp(wish: FollowUp): Promise<void>;
}

/** How long windows and what was said are kept after their end, in milliseconds. */
const KEPT_MS = 100 * 24 * 3600_000;

const windowSchema: z.ZodType<Window> = z.object({
  id: z.string(),
  site: z.string(),
  start: z.number(),
  end: z.number(),
  reason: z.string(),
  source: z.enum(['manual', 'reservation']),
  reservation: z.string().exactOptional(),
  createdBy: z.string(),
  createdAt: z.number(),
  revision: z.number(),
  changedAt: z.number(),
  cancelledAt: z.number().exactOptional(),
  cancelledBy: z.string().exactOptional(),
});

const followUpSchema: z.ZodType<FollowUp> = z.object({
  kind: z.enum(['offer', 'report']),
  site: z.string(),
  at: z.number(),
  by: z.string(),
});

/** The windows on record; entries that this version cannot read are passed over. */
export async function readWindows(redis: Redis): Promise<readonly Window[]> {
  const stored = await redis.hvals(WINDOWS_KEY);
  return stored.flatMap((text) => readable(text, windowSchema)).sort((a, b) => a.start - b.start);
}

export function createWindows(redis: Redis, ask: Ask): Windows {
  return {
    list: () => ask(() => readWindows(redis)),
    add: (window) =>
      ask(async () => {
        await forget(redis, window.createdAt - KEPT_MS);
        return (await redis.hsetnx(WINDOWS_KEY, window.id, JSON.stringify(window))) === 1;
      }),
    change: (window) =>
      ask(async () => {
        await redis.hset(WINDOWS_KEY, window.id, JSON.stringify(window));
      }),
    said: () => ask(async () => new Set(await redis.hkeys(SAID_KEY))),
    say: (key, now) =>
      ask(async () => {
        await redis.hsetnx(SAID_KEY, key, String(now));
      }),
    followUps: () =>
      ask(async () => (await redis.hvals(FOLLOWUPS_KEY)).flatMap((text) => readable(text, followUpSchema))),
    followUp: (wish) =>
      ask(async () => {
        await redis.hset(FOLLOWUPS_KEY, fieldOf(wish), JSON.stringify(wish));
      }),
    followedUp: (wish) =>
      ask(async () => {
        await redis.eval(DELETE_SAME, 1, FOLLOWUPS_KEY, fieldOf(wish), JSON.stringify(wish));
      }),
  };
}

const DELETE_SAME = `if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then redis.call('HDEL', KEYS[1], ARGV[1]) end`;

const fieldOf = ({ kind, site }: FollowUp) => `${kind}/${site}`;

async function forget(redis: Redis, before: number): Promise<void> {
  const old = (await readWindows(redis)).filter(({ end }) => end < before).map(({ id }) => id);
  if (old.length > 0) await redis.hdel(WINDOWS_KEY, ...old);
  const said = Object.entries(await redis.hgetall(SAID_KEY));
  const stale = said.filter(([, at]) => Number(at) < before).map(([key]) => key);
  if (stale.length > 0) await redis.hdel(SAID_KEY, ...stale);
}

function readable<T>(text: string, schema: z.ZodType<T>): T[] {
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? [parsed.data] : [];
  } catch {
    return [];
  }
}
