import { setTimeout as delay } from 'node:timers/promises';
import { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { openPatient } from './connection.ts';
import { PREFIX, SCHEDULES_QUEUE } from './names.ts';
import { within } from './within.ts';

/** Something that recurs. What it does must bear being done twice and being left out once. */
export interface Schedule {
  /** Unique, of letters, digits and `-`. */
  readonly id: string;
  /** For people: what it does. */
  readonly title: string;
  /** Every so many milliseconds, or at the times of a cron pattern in an IANA zone. */
  readonly when: { readonly everyMs: number } | { readonly pattern: string; readonly zone: string };
  run(): Promise<void>;
}

/** A schedule as others see it. */
export interface ScheduleView {
  readonly id: string;
  readonly title: string;
  /** e.g. `every 1 min`, `0 5 * * * America/Los_Angeles`. */
  readonly when: string;
  /** Milliseconds since the epoch. */
  readonly nextAt?: number;
}

export interface Schedules {
  /** Resolves when the schedules stand in Redis and are being followed. */
  readonly ready: Promise<void>;
  /** Runs one at once, whatever its time; rejects with what it rejects with. */
  run(id: string): Promise<void>;
  close(): Promise<void>;
}

export interface SchedulesOptions {
  readonly redisUrl: string;
  readonly schedules: readonly Schedule[];
  readonly logger: Logger;
  /** How long turns under way may take to end at {@link Schedules.close}, in milliseconds; default 5 s. */
  readonly graceMs?: number;
  /** False leaves every turn to others and to {@link Schedules.run}; default true. */
  readonly takesTurns?: boolean;
}

/** Before what Redis has refused is put there again, in milliseconds. */
const AGAIN_MS = 1_000;
/** Before the second try of what comes once a day or less, in milliseconds; it doubles from try to try. */
const RETRY_MS = 60_000;

/**
 * Follows schedules. They stand in Redis as job schedulers, put there anew at each start and whenever Redis comes back;
 * of several processes that follow them each turn is taken by one.
 */
export function startSchedules(options: SchedulesOptions): Schedules {
  const { redisUrl, schedules, logger, graceMs = 5_000, takesTurns = true } = options;
  const redis = openPatient(redisUrl);
  const connection = { connection: redis, prefix: PREFIX };
  const queue = new Queue(SCHEDULES_QUEUE, connection);
  const worker = new Worker(
    SCHEDULES_QUEUE,
    async (job) => {
      await schedules.find(({ id }) => id === job.name)?.run();
    },
    { ...connection, autorun: false, concurrency: 4, runRetryDelay: 1_000 },
  );
  const quiet = (error: unknown) => {
    if (!closing) logger.warn({ reason: told(error) }, 'schedules');
  };
  let closing = false;
  queue.on('error', quiet);
  worker.on('error', quiet);
  worker.on('failed', (job, error) =>
    logger.warn({ schedule: job?.name, reason: told(error) }, 'a schedule failed'),
  );

  async function assert(): Promise<void> {
    for (const { id, title, when } of schedules) {
      const repeat = 'everyMs' in when ? { every: when.everyMs } : { pattern: when.pattern, tz: when.zone };
      // What comes once a day must not be lost to one moment in which Redis, Slack or a site was away.
      const again =
        'everyMs' in when ? {} : { attempts: 6, backoff: { type: 'exponential', delay: RETRY_MS } };
      const opts = { removeOnComplete: true, removeOnFail: { count: 20 }, ...again };
      await queue.upsertJobScheduler(id, repeat, { name: id, data: { title }, opts });
    }
    for (const { key } of await queue.getJobSchedulers(0, -1)) {
      if (!schedules.some(({ id }) => id === key)) await queue.removeJobScheduler(key);
    }
  }

  let asserting: Promise<void> | undefined;

  /** Until they stand: a Redis that answers may still refuse, as long as its memory or its disk is full. */
  function assertAll(): Promise<void> {
    asserting ??= (async () => {
      while (!closing && !(await assert().then(() => true, refused))) await delay(AGAIN_MS);
    })().finally(() => {
      asserting = undefined;
    });
    return asserting;
  }

  function refused(error: unknown): false {
    quiet(error);
    return false;
  }

  async function begin(): Promise<void> {
    redis.on('ready', () => void assertAll());
    await assertAll();
    if (takesTurns && !closing) worker.run().catch(quiet);
  }

  const ready = begin();
  return {
    ready,
    async run(id) {
      const schedule = schedules.find((known) => known.id === id);
      if (schedule === undefined) throw new RangeError(`there is no schedule ${id}`);
      await schedule.run();
    },
    async close() {
      closing = true;
      // A turn that is cut off is taken again by the next process: it must bear that.
      const ended = await within(redis.status === 'ready' ? graceMs : 0, worker.close());
      if (!ended) await within(1_000, worker.close(true));
      await within(1_000, queue.close());
      redis.disconnect();
    },
  };
}

/** The schedules as they stand in Redis. */
export async function readSchedules(queue: Queue): Promise<readonly ScheduleView[]> {
  const found = await queue.getJobSchedulers(0, -1, true);
  return found.map(({ key, every, pattern, tz, next, template }) => {
    const title: unknown =
      template?.data === undefined ? undefined : Reflect.get(Object(template.data), 'title');
    return {
      id: key,
      title: typeof title === 'string' ? title : key,
      when:
        every === undefined || every === null
          ? `${pattern ?? ''} ${tz ?? ''}`.trim()
          : everyWords(Number(every)),
      ...(next === undefined ? {} : { nextAt: next }),
    };
  });
}

function everyWords(ms: number): string {
  return ms % 60_000 === 0 ? `every ${ms / 60_000} min` : `every ${ms / 1000} s`;
}

function told(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The connection of a queue that only lists. */
export function schedulesQueue(redis: Redis): Queue {
  const queue = new Queue(SCHEDULES_QUEUE, {
    connection: redis,
    prefix: PREFIX,
    skipVersionCheck: true,
    skipWaitingForReady: true,
    skipMetasUpdate: true,
  });
  queue.on('error', () => undefined);
  return queue;
}
