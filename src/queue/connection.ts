import { Redis, type RedisOptions } from 'ioredis';
import { OpsError } from '../core/errors.ts';
import { sharingScripts } from './shared-scripts.ts';

/** Longest time an asking process waits for Redis, in milliseconds. */
export const ANSWER_LIMIT_MS = 2_000;

const common = {
  keepAlive: 5_000,
  connectTimeout: 2_000,
  retryStrategy: (times: number) => Math.min(50 * 2 ** Math.min(times, 6), 1_000),
} satisfies RedisOptions;

/** Host and port (or socket path) of a Redis URL, without its credentials. */
export function redisPlace(url: string): string {
  try {
    return new URL(url).host || url;
  } catch {
    return url.startsWith('/') ? url : 'REDIS_URL';
  }
}

/**
 * A connection for asking: a command is written to a living connection or rejected, never kept for later, so that
 * nobody who was told "Redis does not answer" sees the deploy start a minute after.
 * @param limitMs how long Redis may take for an answer, in milliseconds
 */
export function openProducer(url: string, limitMs = ANSWER_LIMIT_MS): Redis {
  return quiet(
    new Redis(url, {
      ...common,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      socketTimeout: limitMs + 500,
    }),
  );
}

/** A connection for workers and for following events: commands wait until Redis is back. */
export function openPatient(url: string): Redis {
  return quiet(new Redis(url, { ...common, maxRetriesPerRequest: null, socketTimeout: 30_000 }));
}

/**
 * Connection errors come back through the commands; without a listener they would end the process. Every queue
 * and worker that shares the connection listens to it, so their number is no sign of a leak. BullMQ adds to the limit,
 * which would turn 0, no limit, into a low one.
 */
function quiet(redis: Redis): Redis {
  redis.setMaxListeners(1000);
  redis.on('error', () => undefined);
  return sharingScripts(redis);
}

/** Runs questions against Redis under one limit of time. */
export type Ask = <T>(question: () => Promise<T>) => Promise<T>;

/**
 * Makes an {@link Ask} for a producer connection. One that was closed stays closed: who asks late, while a process
 * ends, must not open it anew and so keep the process.
 * @throws OpsError('queue.unavailable') from each call that finds no living connection, gets no answer in time,
 * or that Redis itself refuses (loading, out of memory, wrong password).
 */
export function createAsk(redis: Redis, url: string, limitMs = ANSWER_LIMIT_MS): Ask {
  let trouble: string | undefined;
  redis.on('error', (error: Error) => {
    trouble = error.message || ('code' in error ? String(error.code) : error.name);
  });
  redis.on('ready', () => {
    trouble = undefined;
  });
  return async (question) => {
    const deadline = performance.now() + limitMs;
    const state = await untilReady(redis, limitMs);
    if (state === 'closed') throw unavailable(url, trouble ?? 'the connection was closed');
    if (state === 'late')
      throw unavailable(url, `no connection within ${limitMs} ms (${trouble ?? 'no connection'})`);
    const late = timer(Math.max(50, deadline - performance.now()));
    try {
      return await Promise.race([
        question(),
        late.promise.then(() => {
          throw unavailable(
            url,
            `no answer within ${limitMs} ms; what was asked may still happen, look at the list of jobs`,
          );
        }),
      ]);
    } catch (error) {
      throw isRedisError(error) ? unavailable(url, error.message, error) : error;
    } finally {
      late.cancel();
    }
  };
}

function unavailable(url: string, detail: string, cause?: unknown): OpsError {
  return new OpsError('queue.unavailable', `Redis at ${redisPlace(url)}: ${detail}`, { cause });
}

/** With our strategy of trying again for ever, a connection ends only when it is closed on purpose or cannot be tried. */
async function untilReady(redis: Redis, limitMs: number): Promise<'ready' | 'closed' | 'late'> {
  if (redis.status === 'ready') return 'ready';
  if (redis.status === 'end') return 'closed';
  const late = timer(limitMs);
  let ready: () => void = () => undefined;
  let closed: () => void = () => undefined;
  const settled = new Promise<'ready' | 'closed'>((resolve) => {
    ready = () => resolve('ready');
    closed = () => resolve('closed');
  });
  redis.once('ready', ready).once('end', closed);
  try {
    return await Promise.race([settled, late.promise.then(() => 'late' as const)]);
  } finally {
    late.cancel();
    redis.off('ready', ready).off('end', closed);
  }
}

/**
 * Runs out when the time is over and what has arrived by then was taken: after a process stood still its timers come
 * first, and would call late what lies there to be read.
 */
function timer(ms: number): { promise: Promise<void>; cancel(): void } {
  let handle: NodeJS.Timeout | undefined;
  const promise = new Promise<void>((resolve) => {
    handle = setTimeout(() => setImmediate(resolve), ms);
  });
  return { promise, cancel: () => clearTimeout(handle) };
}

const REDIS_ERRORS = new Set([
  'ReplyError',
  'AbortError',
  'MaxRetriesPerRequestError',
  'ConnectionClosedError',
]);

function isRedisError(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return (
    REDIS_ERRORS.has(error.name) ||
    'syscall' in error ||
    /^(Connection is closed|Stream isn't writeable|Command timed out|Socket timeout)/.test(error.message)
  );
}
