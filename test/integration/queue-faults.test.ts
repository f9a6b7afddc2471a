import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { advance, isFinal, type RunState } from '../../src/core/run.ts';
import type { Handlers, JobView, RunContext } from '../../src/queue/api.ts';
import { fateOf } from '../../src/queue/fate.ts';
import { interruptReason } from '../../src/queue/interrupt.ts';
import { createJobs, type RedisJobs } from '../../src/queue/jobs.ts';
import { bullJobKey } from '../../src/queue/names.ts';
import { startWorkers, type Workers, type WorkersOptions } from '../../src/queue/workers.ts';
import { all } from '../fixtures/all.ts';
import { patientJobs, reached } from '../fixtures/patient.ts';
import {
  ANN,
  BOB,
  deploy,
  finish,
  gate,
  handlers,
  quietLogger,
  startOf,
  TARGETS,
  untilAborted,
} from '../fixtures/queue.ts';
import { startRedis, type TestRedis } from '../fixtures/redis.ts';
import { until } from '../fixtures/until.ts';

/** The queue's own, short: for jobs whose lock has to run out by itself. */
const LOCK_MS = 1_000;
/** How soon a lock that is gone is noticed. */
const LOOK_MS = 200;
/** A lock that does not run out, however slow the machine is: a test ends it. */
const HELD = { lockMs: 600_000, lookMs: LOOK_MS };
const HANGING = fileURLToPath(new URL('../fixtures/hanging-worker.ts', import.meta.url));

let redis: TestRedis;
let jobs: RedisJobs;
let open: Workers[];
let children: ChildProcess[];

beforeEach(async () => {
  redis = await startRedis();
  jobs = patientJobs(redis.url);
  open = [];
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(open.map((workers) => workers.close()));
  await jobs.close();
  await redis.remove();
});

async function work(answers: Handlers, options: Partial<WorkersOptions> = {}): Promise<Workers> {
  const workers = await startWorkers({
    redisUrl: redis.url,
    sites: ['aws', 'dori'],
    targets: TARGETS,
    handlers: answers,
    logger: quietLogger,
    ...HELD,
    ...options,
  });
  open.push(workers);
  return workers;
}

/** A worker in a process of its own, whose handler hangs in the job that it takes. */
async function hangingWorker(): Promise<ChildProcess> {
  const words = [HANGING, redis.url, String(HELD.lockMs)];
  const child = spawn(process.execPath, ['--import', 'tsx', ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await until('the worker process', () => said.includes('ready'));
  return child;
}

/** A job in which the handler of a {@link hangingWorker} hangs, with all that it has told. */
async function hangingJob(): Promise<JobView> {
  const { job } = await jobs.submit(deploy(), ANN);
  await until('its snapshot', async () => (await jobs.find(job.state.jobId))?.state.steps.length === 2);
  return job;
}

const lockOf = ({ state }: JobView) => `${bullJobKey('run-aws-dev', state.jobId)}:lock`;

/** Ends the lock of a job whose worker is gone, as time does. */
async function runOut(job: JobView): Promise<void> {
  const store = new Redis(redis.url);
  await store.del(lockOf(job));
  store.disconnect();
}

function ended(jobId: string): Promise<RunState> {
  return until('the end of the job', async () => {
    const job = await jobs.find(jobId).catch(() => undefined);
    return job && isFinal(job.state) && job.state;
  });
}

it('a killed worker: another goes on with its memory and last snapshot', async () => {
  const child = await hangingWorker();
  const job = await hangingJob();
  child.kill('SIGKILL');
  await once(child, 'exit');
  await runOut(job);
  expect((await jobs.submit(deploy(), BOB)).kind).toBe('busy');

  let taken: RunContext | undefined;
  await work(
    handlers(async (context) => {
      taken = context;
      return finish(startOf(context));
    }),
  );
  const state = await ended(job.state.jobId);
  expect(state).toMatchObject({ status: 'succeeded', attempt: 2 });
  expect(taken).toMatchObject({
    attempt: 2,
    caller: ANN,
    queuedAt: job.state.queuedAt,
    memory: { place: 'stage', attempt: 1 },
    previous: { attempt: 1, steps: [{ status: 'pending' }, { id: 'stage', status: 'running' }] },
  });
  expect(await taken?.fate(job.state.jobId)).toBe('ended');
  expect(await taken?.fate('20200101-000000-aaaaaa')).toBe('unknown');
  expect((await jobs.submit(deploy(), BOB)).kind).toBe('queued');
});

it('a worker that ends between the end of a run and its record: the next one records it, and runs nothing again', async () => {
  const refusals = ['refused', 'the site is not the right one'] as const;
  const first = await work(
    handlers(async (context) => {
      const problem = { code: 'refused.check', message: refusals[1], next: '' } as const;
      await context.report(
        advance(startOf(context), { type: 'finished', status: refusals[0], problem, at: 3 }),
      );
      return untilAborted(context.signal);
    }),
  );
  const { job } = await jobs.submit(deploy(), ANN);
  const told = await ended(job.state.jobId);
  await first.close();
  let again = 0;
  await work(
    handlers(async (context) => {
      again += 1;
      return finish(startOf(context));
    }),
  );
  await until('its record', async () => (await all(jobs.audit.read({}))).length > 0);
  await until('its target', async () => (await jobs.submit(deploy(), BOB)).kind === 'queued');
  expect(await jobs.find(job.state.jobId)).toMatchObject({ state: told });
  expect((await all(jobs.audit.read({}))).find(({ jobId }) => jobId === job.state.jobId)).toMatchObject({
    kind: 'result',
    outcome: 'refused: the site is not the right one',
  });
  await until('the second deploy', () => again === 1);
});

it('a Redis that hangs does not hold up the end of a worker', async () => {
  const workers = await work(
    handlers(async (context) => finish(startOf(context))),
    { graceMs: 0 },
  );
  await workers.ready;
  const { pid } = redis;
  if (pid === undefined) throw new Error('Redis is down');
  process.kill(pid, 'SIGSTOP');
  try {
    await workers.close();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
});

it('a worker process that is told to stop hands over at once, not when its lock runs out', async () => {
  const child = await hangingWorker();
  const job = await hangingJob();
  const taken = gate<RunContext>();
  const other = await work(
    handlers(async (context) => {
      taken.open(context);
      return finish(startOf(context));
    }),
  );
  await other.ready;
  const began = performance.now();
  child.kill('SIGTERM');
  const context = await taken.promise;
  // Some 30 ms on an idle machine.
  expect(performance.now() - began).toBeLessThan(HELD.lockMs / 2);
  expect(context).toMatchObject({ attempt: 2, memory: { place: 'stage' }, previous: { status: 'running' } });
  await ended(job.state.jobId);
  await until('its exit', () => child.exitCode === 0);
  expect(await jobs.workers()).toEqual(['aws', 'dori']);
  await other.close();
  expect(await jobs.workers()).toEqual([]);
});

it('a worker that leaves without its run: the run is told why, and nothing it still says counts', async () => {
  const stuck = gate();
  let late: RunContext | undefined;
  const first = await work(
    handlers(async (context) => {
      late = context;
      await stuck.promise;
      return finish(startOf(context), 'failed');
    }),
    { graceMs: 100 },
  );
  await first.ready;
  const { job } = await jobs.submit(deploy(), ANN);
  await until('the run', () => late);
  await first.close();
  await runOut(job);
  expect(late && interruptReason(late.signal)).toBe('shutdown');
  stuck.open();
  await work(handlers(async (context) => finish(startOf(context))));
  expect(await ended(job.state.jobId)).toMatchObject({ status: 'succeeded', attempt: 2 });
});

it('a lost lock aborts the run, and what it reports afterwards is thrown away', async () => {
  const raw = new Redis(redis.url);
  const aborted = gate();
  const attempts: RunContext[] = [];
  await work(
    handlers(async (context) => {
      attempts.push(context);
      if (context.attempt > 1) return finish(startOf(context));
      await untilAborted(context.signal).catch(() => undefined);
      aborted.open();
      await context.report(finish(startOf(context), 'failed'));
      await context.remember({ stale: true });
      return finish(startOf(context), 'failed');
    }),
  );
  const { job } = await jobs.submit(deploy(), ANN);
  await until('the run', () => attempts.length === 1);
  await raw.set(lockOf(job), 'somebody else');
  await aborted.promise;
  await runOut(job);
  expect(await ended(job.state.jobId)).toMatchObject({ status: 'succeeded', attempt: 2 });
  expect(attempts.map((context) => interruptReason(context.signal))).toEqual(['lock-lost', undefined]);
  expect(attempts[1]?.memory).toEqual({});
  raw.disconnect();
});

it('a job that loses worker after worker is given up, and says so', async () => {
  const seen: RunState[] = [];
  await jobs.watch((state) => seen.push(state));
  const child = await hangingWorker();
  const raw = new Redis(redis.url);
  const job = await hangingJob();
  const key = bullJobKey('run-aws-dev', job.state.jobId);
  await raw.hset(key, 'stc', 99);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await runOut(job);
  await work(handlers(async (context) => finish(startOf(context))));
  const state = await ended(job.state.jobId);
  expect(state).toMatchObject({ status: 'failed', problem: { code: 'step.lost' } });
  expect(state.steps).toMatchObject([
    { status: 'skipped' },
    { status: 'failed', detail: 'its outcome is not known' },
  ]);
  await until('the watcher', () => seen.some((one) => one.problem?.code === 'step.lost'));
  expect(await fateOf(raw, { site: 'aws', deployment: 'dev' }, job.state.jobId)).toBe('ended');
  expect((await jobs.submit(deploy(), BOB)).kind).toBe('queued');
  raw.disconnect();
});

it.each([
  ['of another version', JSON.stringify({ request: { kind: 'action', action: 'explode' }, caller: ANN })],
  ['that are not JSON', '{"request":'],
])('a job with data %s fails with a message and frees its target', async (_name, data) => {
  const raw = new Redis(redis.url);
  let runs = 0;
  const { job } = await jobs.submit(deploy(), ANN);
  await raw.hset(bullJobKey('run-aws-dev', job.state.jobId), 'data', data);
  expect((await jobs.list({ limit: 5 })).map((one) => one.state.jobId)).toEqual([job.state.jobId]);
  const seen: RunState[] = [];
  await jobs.watch((state) => seen.push(state));
  await work(
    handlers(async (context) => {
      runs++;
      return finish(startOf(context));
    }),
    { lockMs: LOCK_MS },
  );
  const state = await until('the failure', () => seen.find(isFinal));
  expect(state).toMatchObject({ status: 'failed', jobId: job.state.jobId, problem: { code: 'internal' } });
  expect(state.problem?.message).toContain('cannot be read, nothing was done: ');
  expect(runs).toBe(0);
  expect((await jobs.find(job.state.jobId))?.state.status).toBe('failed');
  const next = await jobs.submit(deploy(), BOB);
  expect(next.kind).toBe('queued');
  expect(await ended(next.job.state.jobId)).toMatchObject({ status: 'succeeded' });
  raw.disconnect();
});

it('Redis away: every question is answered with queue.unavailable', async () => {
  const asking = createJobs({ redisUrl: redis.url, targets: TARGETS, now: Date.now });
  await reached(jobs);
  await reached(asking);
  await redis.kill();
  for (const question of [
    () => asking.ping(),
    () => asking.submit(deploy(), ANN),
    () => asking.list({ limit: 1 }),
  ]) {
    await expect(question()).rejects.toMatchObject({ code: 'queue.unavailable' });
  }
  const fresh = createJobs({ redisUrl: redis.url, targets: TARGETS, now: Date.now });
  const failure = await fresh.submit(deploy(), ANN).then(
    () => new Error('it was queued'),
    (error: Error) => error,
  );
  expect(failure.message).toContain('127.0.0.1');
  expect(failure.message).not.toContain(new URL(redis.url).password);
  await expect(fresh.watch(() => undefined)).rejects.toMatchObject({ code: 'queue.unavailable' });
  await redis.start();
  for (const each of [jobs, asking, fresh]) await reached(each);
  // What was refused was not kept for later.
  expect(await jobs.list({ limit: 5 })).toEqual([]);
  expect((await fresh.submit(deploy(), ANN)).kind).toBe('queued');
  await Promise.all([fresh.close(), asking.close()]);
});

it('a Redis that hangs is told from one that answers', async () => {
  const asking = createJobs({ redisUrl: redis.url, targets: TARGETS, now: Date.now });
  await reached(asking);
  process.kill(redis.pid ?? 0, 'SIGSTOP');
  await expect(asking.list({ limit: 1 })).rejects.toMatchObject({ code: 'queue.unavailable' });
  process.kill(redis.pid ?? 0, 'SIGCONT');
  await reached(asking);
  await asking.close();
});

it('Redis restarted in the middle of a run: the run goes on and its end is seen', async () => {
  const seen: RunState[] = [];
  const hold = gate();
  let runs = 0;
  await jobs.watch((state) => seen.push(state));
  // The lock outlives the outage.
  await work(
    handlers(async (context) => {
      runs++;
      let state = startOf(context);
      await context.report(state);
      await hold.promise;
      state = advance(state, { type: 'step-started', step: 'check', at: 9 });
      await context.report(state);
      return finish(state);
    }),
  );
  const { job } = await jobs.submit(deploy(), ANN);
  await until('progress', () => seen.some((state) => state.status === 'running'));
  await redis.restart();
  await reached(jobs);
  expect((await jobs.submit(deploy(), BOB)).kind).toBe('busy');
  hold.open();
  expect(await ended(job.state.jobId)).toMatchObject({ status: 'succeeded', attempt: 1 });
  await until('the watcher', () => seen.some(isFinal));
  expect(runs).toBe(1);
  const next = await jobs.submit(deploy(), BOB);
  expect(await ended(next.job.state.jobId)).toMatchObject({ status: 'succeeded' });
});

it('Redis killed for longer than the lock: the run is interrupted and taken up again', async () => {
  const attempts: RunContext[] = [];
  await work(
    handlers(async (context) => {
      attempts.push(context);
      await context.report(startOf(context));
      if (context.attempt === 1) return untilAborted(context.signal);
      return finish(startOf(context));
    }),
    { lockMs: LOCK_MS },
  );
  const { job } = await jobs.submit(deploy(), ANN);
  await until('the run', async () => (await jobs.find(job.state.jobId))?.state.status === 'running');
  await redis.stop();
  const stopped = Date.now();
  await until('the lock to run out', () => Date.now() > stopped + 2 * LOCK_MS);
  await redis.start();
  expect(await ended(job.state.jobId)).toMatchObject({ status: 'succeeded', attempt: 2 });
  expect(attempts).toHaveLength(2);
  expect(attempts[1]?.previous?.status).toBe('running');
});

it('workers started before Redis begin when it is there', async () => {
  await redis.stop();
  const workers = await work(handlers(async (context) => finish(startOf(context))));
  await redis.start();
  await workers.ready;
  await reached(jobs);
  const { job } = await jobs.submit(deploy(), ANN);
  expect(await ended(job.state.jobId)).toMatchObject({ status: 'succeeded' });
});

it('workers started without Redis can be stopped', async () => {
  await redis.stop();
  const workers = await work(handlers(async (context) => finish(startOf(context))));
  await expect(workers.close()).resolves.toBeUndefined();
});
