import { type QueueBaseOptions, RedisConnection } from 'bullmq';
import type { Redis } from 'ioredis';
import { createMarkers, type Markers } from './markers.ts';
import { callKey } from './names.ts';
import { SharedBackend } from './shared-backend.ts';
import { sweep } from './sweep.ts';

/**
 * Queues that one connection waits for. Whenever a job comes or a worker has nothing left to do it names them all anew,
 * so that what a job costs must not grow with the fleet; and each group has one connection instead of one per queue.
 */
const GROUP = 32;

export interface SharedQueuesOptions {
  /** For everything that does not block. */
  readonly redis: Redis;
  /** Opens a connection that may block. */
  open(): Redis;
  /** Name of this process, which no other has. */
  readonly name: string;
  /** How long to leave between two looks for jobs whose worker is gone, in milliseconds. */
  readonly sweepMs: number;
  /** Told of each such job, after it was put back. */
  onStalled(queue: string, jobId: string): void;
  onError(error: unknown, what: string): void;
}

/** The queues of a process on few connections. */
export interface SharedQueues {
  /** Makes what BullMQ's `Queue` and `Worker` stand on. */
  readonly backend: (
    name: string,
    options: QueueBaseOptions,
    use?: { readonly withBlockingConnection?: boolean },
  ) => SharedBackend;
  /** Begins to look for jobs whose worker is gone. */
  watch(): void;
  /** To be called when the workers have ended. */
  close(): void;
}

interface Group {
  readonly markers: Markers;
  readonly ear: Redis;
  readonly queues: SharedBackend[];
}

/** Makes {@link SharedQueues}; does not wait for Redis. */
export function createSharedQueues(options: SharedQueuesOptions): SharedQueues {
  const { redis, open, name, sweepMs, onStalled, onError } = options;
  const connection = new RedisConnection(redis, { shared: true, blocking: false });
  // Whoever opened the connection hears of its end; here a first question that was not answered is told.
  connection.on('error', () => undefined);
  const groups: Group[] = [];
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  function group(): Group {
    const last = groups.at(-1);
    if (last !== undefined && last.queues.length < GROUP) return last;
    const ear = open();
    const markers = createMarkers(redis, ear, callKey(name, groups.length), (error) =>
      onError(error, 'waiting for jobs'),
    );
    const next: Group = { markers, ear, queues: [] };
    groups.push(next);
    return next;
  }

  async function look(): Promise<void> {
    // Kept commands of many looks would all be sent when the connection is back.
    if (redis.status === 'ready')
      await Promise.all(
        groups.map(({ queues }) =>
          sweep({ redis, queues, onStalled: (queue, jobId) => onStalled(queue.queueName, jobId) }),
        ),
      ).catch((error) => onError(error, 'looking for lost jobs'));
    if (!closed) timer = setTimeout(() => void look(), sweepMs);
  }

  return {
    backend(queue, opts, { withBlockingConnection = false } = {}) {
      const { markers, queues } = group();
      const backend = new SharedBackend(queue, opts, connection, markers);
      if (withBlockingConnection) queues.push(backend);
      return backend;
    },
    watch: () => void look(),
    close() {
      closed = true;
      clearTimeout(timer);
      for (const { markers, ear } of groups) {
        markers.close();
        ear.disconnect();
      }
    },
  };
}
