import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { isFinal, type RunState } from '../../src/core/run.ts';
import type { RedisJobs } from '../../src/queue/jobs.ts';
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
  untilAborted,
} from '../fixtures/queue.ts';
import { startRedis, type TestRedis } from '../fixtures/redis.ts';

let redis: TestRedis;
let jobs: RedisJobs;
let workers: Workers | undefined;
beforeAll(async () => {
  redis = await startRedis();
});
beforeEach(() => {
  jobs = patientJobs(redis.url);
});
afterEach(async () => {
  await workers?.close();
  await jobs.close();
});
afterAll(() => redis.remove());

/** Work that goes on until it is aborted, and then tells why. */
async function work(begun: (jobId: string) => void = () => undefined): Promise<string[]> {
  const reasons: string[] = [];
  workers = await startWorkers({
    redisUrl: redis.url,
    sites: ['aws', 'dori'],
    targets: TARGETS,
    logger: quietLogger,
    ...HELD,
    handlers: handlers(async (context) => {
      begun(context.jobId);
      await untilAborted(context.signal).catch((reason: Error) => reasons.push(reason.message));
      return finish(startOf(context), 'failed');
    }),
  });
  await workers.ready;
  return reasons;
}

function ended(jobId: string): Promise<RunState> {
  return new Promise((resolve, reject) => {
    const see = (state: RunState) => {
      if (state.jobId === jobId && isFinal(state)) resolve(state);
    };
    jobs
      .watch(see)
      .then(async () => {
        const job = await jobs.find(jobId);
        if (job) see(job.state);
      })
      .catch(reject);
  });
}

it('ends a run on another process, and tells it who wanted it', async () => {
  const begun = gate<string>();
  const reasons = await work((jobId) => begun.open(jobId));
  await jobs.submit(deploy(), ANN);
  const jobId = await begun.promise;
  await jobs.cancel(jobId, BOB);
  await ended(jobId);
  expect(reasons).toEqual(['cancelled by bob']);
});

it('ends a run whose cancel was asked for before a worker took it', async () => {
  const submitted = await jobs.submit(deploy(), ANN);
  await jobs.cancel(submitted.job.state.jobId, BOB);
  const reasons = await work();
  await ended(submitted.job.state.jobId);
  expect(reasons).toEqual(['cancelled by bob']);
});

it('leaves the other runs alone', async () => {
  const ids: string[] = [];
  const both = gate();
  const reasons = await work((jobId) => {
    ids.push(jobId);
    if (ids.length === 2) both.open();
  });
  const one = await jobs.submit(deploy('aws'), ANN);
  const other = await jobs.submit(deploy('dori'), ANN);
  await both.promise;
  await jobs.cancel(one.job.state.jobId, BOB);
  await ended(one.job.state.jobId);
  expect(reasons).toHaveLength(1);
  await jobs.cancel(other.job.state.jobId, ANN);
  await ended(other.job.state.jobId);
});

it('refuses an unknown job and one that has ended', async () => {
  await work();
  const { job } = await jobs.submit(deploy(), ANN);
  await jobs.cancel(job.state.jobId, BOB);
  await ended(job.state.jobId);
  await expect(jobs.cancel(job.state.jobId, BOB)).rejects.toMatchObject({ code: 'job.ended' });
  await expect(jobs.cancel('20200101-000000-nobody', BOB)).rejects.toMatchObject({ code: 'job.unknown' });
});
