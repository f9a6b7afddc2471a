import type { RequestListener } from 'node:http';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { openProducer } from './connection.ts';
import { PREFIX, readsQueue, runQueue, SCHEDULES_QUEUE, type TargetName } from './names.ts';

/** The pages of the queues as they are in Redis. */
export interface Dashboard {
  /** Serves `path` and what is below it. */
  readonly serve: RequestListener;
  close(): Promise<void>;
}

/**
 * Pages that show every queue and job, for reading: nothing can be added, retried or removed there, as what happens
 * at a site is decided by commands and their rights. They are made for the first who looks: with a thousand targets
 * that takes a second and 12 MB.
 * @param path where they are, e.g. `/queues`
 */
export function createDashboard(redisUrl: string, targets: readonly TargetName[], path: string): Dashboard {
  const connection = openProducer(redisUrl);
  let pages: Dashboard | undefined;
  return {
    serve(request, response) {
      pages ??= createPages(connection, targets, path);
      pages.serve(request, response);
    },
    async close() {
      await pages?.close();
      connection.disconnect();
    },
  };
}

function createPages(connection: Redis, targets: readonly TargetName[], path: string): Dashboard {
  const names = [
    ...targets.map(runQueue),
    ...[...new Set(targets.map(({ site }) => site))].map(readsQueue),
    SCHEDULES_QUEUE,
  ];
  const queues = names.map((name) => {
    const options = { connection, prefix: PREFIX, skipVersionCheck: true, skipMetasUpdate: true };
    const queue = new Queue(name, { ...options, skipWaitingForReady: true });
    queue.on('error', () => undefined);
    return queue;
  });
  const pages = new ExpressAdapter().setBasePath(path);
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })),
    serverAdapter: pages,
    options: {
      uiConfig: {
        boardTitle: 'JAWS queues',
        miscLinks: [{ text: 'Status board', url: '/' }],
        hideRedisDetails: true,
        pollingInterval: { showSetting: true, forceInterval: 10 },
      },
    },
  });
  const router: unknown = pages.getRouter();
  if (!isListener(router)) throw new TypeError('the dashboard is no request listener');
  return {
    serve: router,
    async close() {
      await Promise.all(queues.map((queue) => queue.close().catch(() => undefined)));
    },
  };
}

function isListener(value: unknown): value is RequestListener {
  return typeof value === 'function';
}
