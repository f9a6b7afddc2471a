import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { isRunbookOver, type RunbookRun } from '../runbooks/run.ts';
import type { Ask } from './connection.ts';
import type { MessageRef } from './message-ref.ts';
import {
  JOB_TTL_SEC,
  LIVE_RUNBOOKS_KEY,
  RUNBOOKS_CHANNEL,
  RUNBOOKS_KEY,
  runbookHolderKey,
  runbookKey,
  UNSHOWN_RUNBOOKS_KEY,
} from './names.ts';
import { readRunbookRun } from './runbook-schema.ts';

/** A run of a runbook as others see it. */
export interface RunbookView {
  readonly run: RunbookRun;
  readonly message?: MessageRef;
  /** Highest `seq` that the message is known to show. */
  readonly shownSeq?: number;
}

/** The runs of runbooks, for every process that asks. */
export interface RunbookRuns {
  /** Keeps a new run; false when the same runbook is being run at its site. */
  add(run: RunbookRun): Promise<boolean>;
  /** Keeps a run that follows on the one kept now; false, and nothing is changed, when another has come between. */
  save(run: RunbookRun): Promise<boolean>;
  find(id: string): Promise<RunbookView | undefined>;
  /** Runs that are not over, the oldest first. */
  live(): Promise<readonly RunbookRun[]>;
  /** Newest first. */
  list(limit: number): Promise<readonly RunbookRun[]>;
  /** Makes `owner` the process that carries a run on, or stay it, for so long; false when another is. */
  hold(id: string, owner: string, ttlMs: number): Promise<boolean>;
  release(id: string, owner: string): Promise<void>;
  /** Remembers where a run is shown, and how far. */
  attach(id: string, message: MessageRef): Promise<void>;
  shown(id: string, seq: number): Promise<void>;
  /** Runs whose message does not show their last state yet. */
  unshown(): Promise<readonly RunbookView[]>;
  /** Calls back with each change of any run, and with what was missed while Redis was away. */
  watch(listener: (run: RunbookRun) => void): Promise<() => Promise<void>>;
}

/** Before what was missed is asked for again, in milliseconds. */
const AGAIN_MS = 500;
/** Runs of runbooks that are kept. */
const KEPT_RUNS = 300;

/** @param follower a connection of its own that can listen to a channel */
export function createRunbookRuns(redis: Redis, ask: Ask, follower: () => Redis): RunbookRuns {
  async function view(id: string): Promise<RunbookView | undefined> {
    const { run: text, channel, ts, permalink, shown } = await redis.hgetall(runbookKey(id));
    const run = readRunbookRun(text);
    if (run === undefined) return undefined;
    const message = channel === undefined || ts === undefined ? undefined : { channel, ts };
    return {
      run,
      ...(message === undefined
        ? {}
        : { message: { ...message, ...(permalink === undefined ? {} : { permalink }) } }),
      ...(shown === undefined ? {} : { shownSeq: Number(shown) }),
    };
  }

  async function views(ids: readonly string[]): Promise<readonly RunbookView[]> {
    return (await Promise.all(ids.map(view))).filter((found) => found !== undefined);
  }

  async function write(run: RunbookRun, before: number): Promise<boolean> {
    const text = JSON.stringify(run);
    const kept = await redis.eval(
      SAVE,
      4,
      runbookKey(run.id),
      LIVE_RUNBOOKS_KEY,
      UNSHOWN_RUNBOOKS_KEY,
      RUNBOOKS_KEY,
      before,
      run.seq,
      text,
      run.id,
      isRunbookOver(run) ? 1 : 0,
      JOB_TTL_SEC,
      run.startedAt,
      RUNBOOKS_CHANNEL,
      `${run.runbook}/${run.site}`,
    );
    return kept === 1;
  }

  const unshown = async () => {
    const ids = await redis.smembers(UNSHOWN_RUNBOOKS_KEY);
    const found = await views(ids.sort());
    const open = found.filter(({ run, shownSeq }) => !isRunbookOver(run) || (shownSeq ?? -1) < run.seq);
    const done = ids.filter((id) => !open.some(({ run }) => run.id === id));
    if (done.length > 0) await redis.srem(UNSHOWN_RUNBOOKS_KEY, ...done);
    return open;
  };

  return {
    add: (run) =>
      ask(async () => {
        await redis.zremrangebyrank(RUNBOOKS_KEY, 0, -KEPT_RUNS - 1);
        return write(run, 0);
      }),
    save: (run) => ask(() => write(run, run.seq - 1)),
    find: (id) => ask(() => view(id)),
    live: () =>
      ask(async () => (await views((await redis.hvals(LIVE_RUNBOOKS_KEY)).sort())).map(({ run }) => run)),
    list: (limit) =>
      ask(async () => {
        const ids = await redis.zrevrange(RUNBOOKS_KEY, 0, Math.max(0, limit - 1));
        return (await views(ids)).map(({ run }) => run);
      }),
    hold: (id, owner, ttlMs) =>
      ask(async () => (await redis.eval(HOLD, 1, runbookHolderKey(id), owner, ttlMs)) === 1),
    release: (id, owner) =>
      ask(async () => {
        await redis.eval(RELEASE, 1, runbookHolderKey(id), owner);
      }),
    attach: (id, { channel, ts, permalink }) =>
      ask(async () => {
        await redis
          .multi()
          .hdel(runbookKey(id), 'permalink', 'shown')
          .hset(runbookKey(id), { channel, ts, ...(permalink === undefined ? {} : { permalink }) })
          .exec();
      }),
    shown: (id, seq) =>
      ask(async () => {
        await redis.eval(SHOWN, 1, runbookKey(id), seq);
      }),
    unshown: () => ask(unshown),
    async watch(listener) {
      const ear = follower();
      let closed = false;
      ear.on('message', (_channel, text) => {
        const run = readRunbookRun(text);
        if (run !== undefined) listener(run);
      });
      const listen = () => ask(() => ear.subscribe(RUNBOOKS_CHANNEL));
      /** Listens again first: what changes after the look is heard. */
      async function catchUp(): Promise<void> {
        while (!closed) {
          try {
            await listen();
            for (const { run } of await ask(unshown)) listener(run);
            return;
          } catch {
            await delay(AGAIN_MS);
          }
        }
      }
      try {
        await listen();
      } catch (error) {
        ear.disconnect();
        throw error;
      }
      ear.on('ready', () => void catchUp());
      return async () => {
        closed = true;
        ear.disconnect();
      };
    },
  };
}

/**
 * Keeps a run where `seq` is the one it follows on, tells it, and counts it among those that are not over. A new one is
 * refused where another of the same runbook goes on at the site.
 */
const SAVE = `
if tonumber(redis.call('HGET', KEYS[1], 'seq') or '0') ~= tonumber(ARGV[1]) then return 0 end
if ARGV[1] == '0' and redis.call('HSETNX', KEYS[2], ARGV[9], ARGV[4]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'seq', ARGV[2], 'run', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[6])
redis.call('ZADD', KEYS[4], ARGV[7], ARGV[4])
redis.call('SADD', KEYS[3], ARGV[4])
if ARGV[5] == '1' then redis.call('HDEL', KEYS[2], ARGV[9]) end
redis.call('PUBLISH', ARGV[8], ARGV[3])
return 1`;

const HOLD = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`;

const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end`;

const SHOWN = `
if redis.call('EXISTS', KEYS[1]) == 1 and tonumber(ARGV[1]) > tonumber(redis.call('HGET', KEYS[1], 'shown') or '-1') then
  redis.call('HSET', KEYS[1], 'shown', ARGV[1])
end
return 0`;
