import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type Job, Queue, Worker } from 'bullmq';
import type { Logger } from 'pino';
import { answer } from './answer.ts';
import type { Handlers } from './api.ts';
import { createCancels } from './cancel.ts';
import { openPatient, redisPlace } from './connection.ts';
import { createHeartbeat } from './heartbeat.ts';
import { Interrupted } from './interrupt.ts';
import { mendJob } from './mend.ts';
import { KEPT_EVENTS, PREFIX, readsQueue, runQueue, type TargetName } from './names.ts';
import { perform } from './perform.ts';
import type { Scrub } from './scrub.ts';
import { createSharedQueues } from './shared-queues.ts';
import { createTrouble, told } from './trouble.ts';
import { within } from './within.ts';

export interface WorkersOptions {
  readonly redisUrl: string;
  /** Sites this process serves. */
  readonly sites: readonly string[];
  /** Every configured target; those of other sites are left alone. */
  readonly targets: readonly TargetName[];
  readonly handlers: Handlers;
  readonly logger: Logger;
  /** How long the queue holds a job for a worker that gives no sign of life, in milliseconds; default 10 s. */
  readonly lockMs?: number;
  /**
   * How often locks are renewed and jobs whose lock has run out are looked for, in milliseconds; default half of
   * {@link lockMs}.
   */
  readonly lookMs?: number;
  /** Questions answered at a time per site; default 4. */
  readonly concurrency?: number;
  /** Last look at texts on their way to Redis. */
  readonly scrub?: Scrub;
  /** How long runs may take to stop at {@link Workers.close}, in milliseconds; default 10 s. */
  readonly graceMs?: number;
}

/** The answering side of the queue. */
export interface Workers {
  /** Resolves when the workers take jobs. */
  readonly ready: Promise<void>;
  /** Interrupts the runs under way, gives their jobs back to the queue and leaves. */
  close(): Promise<void>;
}

/**
 * How long a worker without work waits before it looks for a job that neither a marker nor the sweep has told of, in
 * seconds.
 */
const DRAIN_SEC = 3_600;
/** How often a job may lose its worker before it is given up. */
const MAX_LOSSES = 5;

/**
 * Starts a worker per target and one per site for questions. Does not wait for Redis: work begins when it is
 * there ({@link Workers.ready}) and goes on when it comes back.
 */
export async function startWorkers(options: WorkersOptions): Promise<Workers> {
  const { redisUrl, sites, handlers, logger, lockMs = 10_000, concurrency = 4, graceMs = 10_000 } = options;
  const lookMs = options.lookMs ?? lockMs / 2;
  const scrub = options.scrub ?? ((text: string) => text);
  const targets = options.targets.filter((target) => sites.includes(target.site));
  const redis = openPatient(redisUrl);
  const running = new Map<string, AbortController>();
  const cancels = createCancels(
    redis,
    openPatient(redisUrl),
    () => [...running.keys()].map((id) => id.slice(id.indexOf('/') + 1)),
    (jobId, reason) => {
      for (const [id, controller] of running) if (id.endsWith(`/${jobId}`)) controller.abort(reason);
    },
  );
  const name = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  const heartbeat = createHeartbeat(redis, sites, name);
  let closing: Promise<void> | undefined;

  const trouble = createTrouble(logger, redisPlace(redisUrl));
  const shared = createSharedQueues({
    redis,
    open: () => openPatient(redisUrl),
    name,
    sweepMs: lookMs,
    onStalled,
    onError: (error, what) => {
      if (!closing) trouble.tell(error, what);
    },
  });
  redis.on('ready', trouble.back).on('close', () => {
    if (!closing) trouble.lost();
  });

  /** Runs `work` under a signal that this process can abort. */
  async function tracked<T>(job: Job, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const id = `${job.queueName}/${job.id}`;
    running.set(id, controller);
    if (closing) controller.abort(new Interrupted('shutdown'));
    try {
      await cancels.check(job.id ?? '');
      return await work(controller.signal);
    } finally {
      running.delete(id);
    }
  }

  function open(
    queue: string,
    atOnce: number,
    process: (job: Job, token: string) => Promise<unknown>,
  ): Worker {
    const options = {
      connection: redis,
      prefix: PREFIX,
      autorun: false,
      concurrency: atOnce,
      drainDelay: DRAIN_SEC,
      lockDuration: lockMs,
      lockRenewTime: lookMs,
      // The sweep looks for all queues at once.
      skipStalledCheck: true,
      stalledInterval: lookMs,
      maxStalledCount: MAX_LOSSES,
      runRetryDelay: 1_000,
    };
    const worker = new Worker(queue, (job, token = '') => process(job, token), options, shared.backend);
    worker.on('error', (error) => trouble.tell(error, queue));
    worker.on('lockRenewalFailed', (ids) => {
      for (const job of ids) {
        logger.warn({ queue, job }, 'the lock of a job is lost: it is left to the worker that has it now');
        running.get(`${queue}/${job}`)?.abort(new Interrupted('lock-lost'));
      }
    });
    return worker;
  }

  function onStalled(queue: string, jobId: string): void {
    logger.warn({ queue, job: jobId }, 'a job lost its worker and is taken up again');
    mendJob(redis, queue, jobId).then(
      (mended) => mended && logger.error({ queue, job: jobId }, 'the data of a job were not JSON'),
      (error) => logger.warn({ error: told(error), queue, job: jobId }, 'queue'),
    );
  }

  const runs = targets.map((target) => {
    const options = { connection: redis, prefix: PREFIX, streams: { events: { maxLen: KEPT_EVENTS } } };
    const queue = new Queue(runQueue(target), options, shared.backend);
    queue.on('error', (error) => trouble.tell(error, queue.name));
    return { target, queue };
  });
  const queues = runs.map(({ queue }) => queue);
  const workers = [
    ...runs.map(({ target, queue }) => {
      const onError = (error: unknown, job: string) =>
        logger.error({ error: told(error), job }, 'a run went wrong');
      const parts = { redis, queue, target, handlers, scrub, onError };
      return open(runQueue(target), 1, (job, token) =>
        tracked(job, (signal) => perform(parts, job, token, signal)),
      );
    }),
    ...sites.map((site) =>
      open(readsQueue(site), concurrency, (job, token) =>
        tracked(job, (signal) => answer(handlers, scrub, job, token, signal)),
      ),
    ),
  ];

  async function begin(): Promise<void> {
    await Promise.all(queues.map((queue) => queue.setGlobalConcurrency(1)));
    const policy = await redis.info('memory');
    if (!policy.includes('maxmemory_policy:noeviction'))
      logger.warn('Redis may drop jobs: set its maxmemory-policy to noeviction');
    if (closing) return;
    for (const worker of workers)
      worker.run().catch((error) => logger.error({ error: told(error), queue: worker.name }, 'worker ended'));
    shared.watch();
    await heartbeat.beat();
    logger.info({ sites, targets: targets.length }, 'waiting for jobs');
    // A Redis that came back without its data has forgotten the limit.
    redis.on('ready', () => {
      void heartbeat.beat().catch(() => undefined);
      for (const queue of queues) void queue.setGlobalConcurrency(1).catch(() => undefined);
    });
  }

  async function end(): Promise<void> {
    cancels.close();
    // A Redis that hangs takes the words, and never answers them.
    await within(1_000, heartbeat.stop());
    const ends = Promise.all(workers.map((worker) => worker.close()));
    for (const controller of running.values()) controller.abort(new Interrupted('shutdown'));
    const inTime = await within(redis.status === 'ready' ? graceMs : Math.min(graceMs, 1_000), ends);
    if (!inTime)
      logger.warn({ jobs: [...running.keys()] }, 'left before every run had stopped; others take them up');
    await within(1_000, Promise.all(queues.map((queue) => queue.close())));
    shared.close();
    redis.disconnect();
  }

  const ready = begin();
  // Refused by a closed connection only; whoever waits for `ready` is told.
  ready.catch(() => undefined);
  return {
    ready,
    close: () => {
      closing ??= Promise.resolve().then(end);
      return closing;
    },
  };
}
