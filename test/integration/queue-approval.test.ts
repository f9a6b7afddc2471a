import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Decision } from '../../src/core/approval.ts';
import { advance, isFinal, type RunState } from '../../src/core/run.ts';
import { unpark } from '../../src/queue/decision.ts';
import type { RedisJobs } from '../../src/queue/jobs.ts';
import { AWAITING_KEY, deduplicationId, holderKey } from '../../src/queue/names.ts';
import { startWorkers, type Workers } from '../../src/queue/workers.ts';
import { HELD, patientJobs } from '../fixtures/patient.ts';
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
} from '../fixtures/queue.ts';
import { startRedis, type TestRedis } from '../fixtures/redis.ts';
import { until } from '../fixtures/until.ts';

let redis: TestRedis;
let store: Redis;
let jobs: RedisJobs;
let workers: Workers | undefined;
/** Jobs that went beyond their approval. */
let ran: string[];
beforeAll(async () => {
  redis = await startRedis();
  store = new Redis(redis.url);
});
beforeEach(async () => {
  ran = [];
  jobs = patientJobs(redis.url);
});
afterEach(async () => {
  await workers?.close();
  await jobs.close();
});
afterAll(async () => {
  store?.disconnect();
  await redis?.remove();
});

const saying = (verdict: Decision['verdict'], by = BOB): Decision => ({ verdict, by, at: Date.now() });

/** Runs that wait for somebody's word on the plan `h`, for so long; anything but a deploy just runs. */
async function work(withinMs = 60_000, hold: Promise<void> = Promise.resolve()): Promise<void> {
  workers = await startWorkers({
    redisUrl: redis.url,
    sites: ['aws'],
    targets: TARGETS,
    logger: quietLogger,
    ...HELD,
    handlers: handlers(async (context) => {
      const state = startOf(context);
      const decision = await context.decision('h');
      const approval = context.previous?.approval;
      if (decision?.verdict === 'approved' || context.request.action !== 'deploy') {
        ran.push(context.jobId);
        await hold;
        return finish(state);
      }
      if (decision !== undefined || (approval !== undefined && Date.now() >= approval.until))
        return finish(state, 'failed');
      return advance(state, {
        type: 'awaiting',
        approval: { hash: 'h', until: Date.now() + withinMs, changes: [], changed: false },
        at: Date.now(),
      });
    }),
  });
  await workers.ready;
}

const TARGET = { site: 'aws', deployment: 'dev' };

async function submitted(): Promise<string> {
  const { kind, job } = await jobs.submit(deploy(), ANN);
  expect(kind).toBe('queued');
  return job.state.jobId;
}

/** A job that has been put aside: its snapshot says that it waits a moment before its target is free. */
async function waiting(): Promise<string> {
  const jobId = await submitted();
  await until('the wait', async () => (await jobs.find(jobId))?.state.status === 'awaiting');
  await until('its target', async () => (await store.exists(holderKey(TARGET))) === 0);
  return jobId;
}

const ended = (jobId: string): Promise<RunState> =>
  until('the end', async () => {
    const job = await jobs.find(jobId);
    return job && isFinal(job.state) && job.state;
  });

it('goes on once, whoever of many is the first to approve', async () => {
  await work();
  const jobId = await waiting();
  const others = Array.from(
    { length: 8 },
    (_, i) => ({ id: `U${i + 10}`, name: `n${i}`, via: 'slack' }) as const,
  );
  const said = await Promise.all(others.map((by) => jobs.decide(jobId, saying('approved', by), 'h')));
  expect(said.filter(({ first }) => first)).toHaveLength(1);
  expect(new Set(said.map(({ decision }) => decision.by.name)).size).toBe(1);
  expect((await ended(jobId)).status).toBe('succeeded');
  expect(ran).toEqual([jobId]);
});

it('is approved or rejected, never both', async () => {
  await work();
  const jobId = await waiting();
  const said = await Promise.all([
    jobs.decide(jobId, saying('approved', BOB)),
    jobs.decide(jobId, saying('rejected', { ...BOB, id: 'U3', name: 'cyd' })),
  ]);
  expect(new Set(said.map(({ decision }) => decision.verdict)).size).toBe(1);
  const approved = said[0]?.decision.verdict === 'approved';
  expect((await ended(jobId)).status).toBe(approved ? 'succeeded' : 'failed');
  expect(ran).toEqual(approved ? [jobId] : []);
});

it('outlives the worker, the bot and the queue’s lock while it waits', async () => {
  await work();
  const jobId = await waiting();
  await workers?.close();
  await jobs.close();
  jobs = patientJobs(redis.url);
  expect((await jobs.unshown()).map(({ state }) => [state.jobId, state.status])).toContainEqual([
    jobId,
    'awaiting',
  ]);
  await jobs.decide(jobId, saying('approved'));
  await work();
  expect((await ended(jobId)).status).toBe('succeeded');
});

it('lets other actions on its target in, and answers the same one again with itself', async () => {
  const hold = gate();
  await work(60_000, hold.promise);
  const jobId = await waiting();
  expect(await jobs.submit(deploy(), BOB)).toMatchObject({ kind: 'busy', job: { state: { jobId } } });
  const stop = await jobs.submit({ ...deploy(), action: 'stop' }, BOB);
  expect(stop.kind).toBe('queued');
  await until('the stop', () => ran.length === 1);
  hold.open();
  await ended(stop.job.state.jobId);
  await jobs.decide(jobId, saying('approved'));
  await ended(jobId);
  expect(ran).toEqual([stop.job.state.jobId, jobId]);
});

it('holds its target again when it goes on', async () => {
  const hold = gate();
  await work(60_000, hold.promise);
  const jobId = await waiting();
  await jobs.decide(jobId, saying('approved'));
  await until('the run', () => ran.length === 1);
  expect(await jobs.submit({ ...deploy(), action: 'stop' }, BOB)).toMatchObject({
    kind: 'busy',
    job: { state: { jobId } },
  });
  hold.open();
  await ended(jobId);
  const next = await jobs.submit({ ...deploy(), action: 'stop' }, BOB);
  expect(next.kind).toBe('queued');
  await ended(next.job.state.jobId);
});

it('ends when its time is over, and when it is cancelled', async () => {
  await work(300);
  const late = await submitted();
  expect(await ended(late)).toMatchObject({ status: 'failed', approval: { hash: 'h' } });
  await expect(jobs.decide(late, saying('approved'))).rejects.toMatchObject({ code: 'refused.approval' });
  await workers?.close();
  await work();
  const jobId = await waiting();
  await jobs.cancel(jobId, ANN);
  // These handlers do not end for a cancel, so that a look may be followed by another at once.
  await until('another look', async () => ((await jobs.find(jobId))?.state.attempt ?? 0) >= 2);
  expect(ran).toEqual([]);
  await jobs.decide(jobId, saying('rejected'));
  await ended(jobId);
});

it('hears of a cancel that comes while it is being put aside', async () => {
  workers = await startWorkers({
    redisUrl: redis.url,
    sites: ['aws'],
    targets: TARGETS,
    logger: quietLogger,
    ...HELD,
    handlers: handlers(async (context) => {
      const state = startOf(context);
      if (context.signal.aborted) return finish(state, 'failed');
      await jobs.cancel(context.jobId, BOB);
      const approval = { hash: 'h', until: Date.now() + 3_600_000, changes: [], changed: false };
      return advance(state, { type: 'awaiting', approval, at: Date.now() });
    }),
  });
  await workers.ready;
  const { job } = await jobs.submit(deploy(), ANN);
  expect((await ended(job.state.jobId)).status).toBe('failed');
});

it('does not hold a target for a job that has ended while its late worker slept', async () => {
  await store.hset(AWAITING_KEY, deduplicationId(TARGET), 'late');
  const asked: unknown[] = [];
  /** Whatever the late worker asks first, the job has been ended by another one when it hears the answer. */
  const sleepy = new Proxy(store, {
    get:
      (redis, name) =>
      async (...words: unknown[]) => {
        const answer: unknown = await Reflect.apply(Reflect.get(redis, name), redis, words);
        if (asked.push(name) === 1) {
          await store.hdel(AWAITING_KEY, deduplicationId(TARGET));
          await store.del(holderKey(TARGET));
        }
        return answer;
      },
  });
  await unpark(sleepy, { id: 'late' }, TARGET);
  expect(await store.exists(holderKey(TARGET))).toBe(0);
});

it('is decided for the plan it has, and only while it waits', async () => {
  await work();
  const jobId = await waiting();
  await expect(jobs.decide(jobId, saying('approved'), 'other')).rejects.toMatchObject({
    code: 'refused.approval',
    message: expect.stringContaining('the plan has changed'),
  });
  await expect(jobs.decide('nobody', saying('approved'))).rejects.toMatchObject({ code: 'job.unknown' });
  await jobs.decide(jobId, saying('approved'), 'h');
  await ended(jobId);
});
