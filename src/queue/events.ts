import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Ask } from './connection.ts';
import { eventsKey } from './names.ts';

/** Something that happened to a job, as BullMQ wrote it into its queue's event stream. */
export interface QueueEvent {
  readonly queue: string;
  readonly jobId: string;
  /** `added`, `active`, `progress`, `completed`, `failed`, … */
  readonly event: string;
  /** The event's other fields as stored, e.g. `data` of `progress` and `returnvalue` of `completed` (both JSON). */
  readonly fields: ReadonlyMap<string, string>;
}

/** Follows queues. */
export interface Events {
  /** Resolves once nothing that happens from now on is missed; gives the function that ends the listening. */
  listen(listener: (event: QueueEvent) => void): Promise<() => void>;
  close(): void;
}

const BLOCK_MS = 5_000;
/**
 * A read costs as much as there are streams, in Redis and here. The more there are, the longer what happens is left to
 * come together before the next read, so that a fleet at work takes no larger share of Redis than a site.
 */
const PAUSE_PER_STREAM_MS = 0.1;

/**
 * Follows the events of many queues on one connection, with one blocking read over all their streams. (BullMQ's
 * QueueEvents takes a connection per queue.) The place in each stream is fixed when the first listener comes and
 * kept over reconnections, so that an outage of Redis loses nothing.
 * @param ask for the question where the streams end now
 * @param follower a connection of its own; opened on first use
 */
export function createEvents(
  queues: readonly string[],
  ask: Ask,
  redis: Redis,
  follower: () => Redis,
): Events {
  const listeners = new Set<(event: QueueEvent) => void>();
  const places = new Map<string, string>();
  let connection: Redis | undefined;
  let starting: Promise<void> | undefined;
  let closed = false;

  async function start(): Promise<void> {
    const ends = await ask(() =>
      Promise.all(queues.map((queue) => redis.xrevrange(eventsKey(queue), '+', '-', 'COUNT', 1))),
    );
    queues.forEach((queue, i) => {
      places.set(queue, ends[i]?.[0]?.[0] ?? '0-0');
    });
    if (closed) return;
    connection = follower();
    void follow(connection);
  }

  async function follow(from: Redis): Promise<void> {
    const keys = queues.map(eventsKey);
    const byKey = new Map(queues.map((queue) => [eventsKey(queue), queue]));
    while (!closed) {
      try {
        const ids = queues.map((queue) => places.get(queue) ?? '0-0');
        const streams = await from.xread('COUNT', 500, 'BLOCK', BLOCK_MS, 'STREAMS', ...keys, ...ids);
        for (const [key, entries] of streams ?? []) {
          const queue = byKey.get(key);
          if (queue === undefined) continue;
          for (const [id, values] of entries) {
            places.set(queue, id);
            tell(queue, values);
          }
        }
        if (streams !== null) await delay(queues.length * PAUSE_PER_STREAM_MS);
      } catch {
        // Redis is away or was just restarted: the places are known, so read on when it is back.
        if (!closed) await delay(200);
      }
    }
  }

  function tell(queue: string, values: readonly string[]): void {
    const fields = new Map<string, string>();
    for (let i = 0; i + 1 < values.length; i += 2) fields.set(values[i] ?? '', values[i + 1] ?? '');
    const event = fields.get('event');
    const jobId = fields.get('jobId');
    if (event === undefined || jobId === undefined) return;
    for (const listener of listeners) listener({ queue, jobId, event, fields });
  }

  return {
    async listen(listener) {
      starting ??= start();
      try {
        await starting;
      } catch (error) {
        starting = undefined;
        throw error;
      }
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      closed = true;
      listeners.clear();
      connection?.disconnect();
    },
  };
}
