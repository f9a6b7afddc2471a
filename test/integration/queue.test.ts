import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunState } from '../../src/core/run.ts';
import { advance, isFinal } from '../../src/core/run.ts';
import type { Handlers } from '../../src/queue/api.ts';
import { fateOf } from '../../src/queue/fate.ts';
import type { RedisJobs } from '../../src/queue/jobs.ts';
import { holderKey } from '../../src/queue/names.ts';
import { startWorkers, type Workers, type WorkersOptions } from '../../src/queue/workers.ts';
import { HELD, PATIENCE_MS, patientJobs } from '../fixtures/patient.ts';
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
let jobs: RedisJobs;
const open: Workers[] = [];

beforeAll(async () => {
  redis = await startRedis();
});
beforeEach(() => {
  jobs = patientJobs(redis.url);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((workers) => workers.close()));
  // No job of one test may reach the workers of the next.
  const left = await jobs.list({ limit: 50 });
  expect(left.filter((job) => !isFinal(job.state))).toEqual([]);
  await jobs.close();
});
afterAll(async () => {
  await redis?.remove();
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
  await workers.ready;
  return workers;
}

const succeed: Handlers['action'] = async (context) => finish(startOf(context));

/** The final state of a job. */
function ended(jobId: string): Promise<RunState> {
  return until('the end of the job', async () => {
    const job = await jobs.find(jobId);
    return job && isFinal(job.state) && job.state;
  });
}

describe('submitting', () => {
  it('waits for the worker of a run that has just ended to give its target back', async () => {
    const record = gate();
    await work(
      handlers(async (context) => {
        const state = finish(startOf(context));
        if (context.caller.id !== ANN.id) return state;
        await context.report(state);
        await record.promise;
        return state;
      }),
    );
    const { job } = await jobs.submit(deploy(), ANN);
    await ended(job.state.jobId);
    const hasty = patientJobs(redis.url, { releaseMs: 0 });
    await expect(hasty.submit(deploy(), BOB)).rejects.toMatchObject({
      code: 'refused.busy',
      message: expect.stringContaining(job.state.jobId),
    });
    await hasty.close();
    const next = jobs.submit(deploy(), BOB);
    record.open();
    expect((await next).kind).toBe('queued');
    await ended((await next).job.state.jobId);
  });

  it('takes a target back from a job that ended and left its name there', async () => {
    await work(handlers(succeed));
    const { job } = await jobs.submit(deploy(), ANN);
    await ended(job.state.jobId);
    const store = new Redis(redis.url);
    const [target = { site: '', deployment: '' }] = TARGETS;
    for (const name of [job.state.jobId, 'nobody']) {
      await until('the record', async () => (await fateOf(store, target, job.state.jobId)) === 'ended');
      await store.set(holderKey(target), name);
      const next = await jobs.submit(deploy(), BOB);
      expect(next.kind).toBe('queued');
      await ended(next.job.state.jobId);
      await until('its record', async () => (await fateOf(store, target, next.job.state.jobId)) === 'ended');
    }
    store.disconnect();
  });

  it('queues one of two requests made at once and tells the other who holds the target', async () => {
    const [first, second] = await Promise.all([jobs.submit(deploy(), ANN), jobs.submit(deploy(), BOB)]);
    const [queued, busy] = first.kind === 'queued' ? [first, second] : [second, first];
    expect([queued.kind, busy.kind]).toEqual(['queued', 'busy']);
    expect(busy.job.state.jobId).toBe(queued.job.state.jobId);
    expect(busy.job.state.caller).toEqual(queued.job.state.caller);
    expect(queued.job.state).toMatchObject({ status: 'queued', seq: 0, target: 'aws-dev' });
    await work(handlers(succeed));
    await ended(queued.job.state.jobId);
  });

  it('gives every one of twenty commands at once its answer, one of them the target', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => jobs.submit(deploy(), ANN)));
    expect(answers.filter((answer) => answer.kind === 'queued')).toHaveLength(1);
    expect(new Set(answers.map((answer) => answer.job.state.jobId)).size).toBe(1);
    await work(handlers(succeed));
    await ended(answers[0]?.job.state.jobId ?? '');
  });

  it('keeps targets apart, and frees one as soon as its job has ended', async () => {
    const started: string[] = [];
    const hold = gate();
    await work(
      handlers(async (context) => {
        started.push(context.request.deployment);
        await hold.promise;
        return finish(startOf(context), 'failed');
      }),
    );
    const dev = await jobs.submit(deploy('aws', 'dev'), ANN);
    const prod = await jobs.submit(deploy('aws', 'prod'), ANN);
    await until('both under way', () => started.length === 2);
    expect((await jobs.submit(deploy('aws', 'dev'), BOB)).kind).toBe('busy');
    hold.open();
    await Promise.all([ended(dev.job.state.jobId), ended(prod.job.state.jobId)]);
    const again = await jobs.submit(deploy('aws', 'dev'), BOB);
    expect(again.kind).toBe('queued');
    await ended(again.job.state.jobId);
  });

  it('refuses a target that is not configured and a request that is none', async () => {
    await expect(jobs.submit(deploy('nowhere'), ANN)).rejects.toMatchObject({ code: 'usage.argument' });
    await expect(jobs.submit({ ...deploy(), site: 'A:b' }, ANN)).rejects.toMatchObject({
      code: 'usage.argument',
    });
  });
});

describe('a run', () => {
  it('is watched from queued to its end, in order, the last state always', async () => {
    const seen: RunState[] = [];
    const stop = await jobs.watch((state) => seen.push(state));
    // The worker comes when the waiting job was seen: otherwise it may be running before anybody looks.
    const { job } = await jobs.submit(deploy(), ANN);
    await until('the waiting job', () => seen.length > 0);
    await work(
      handlers(async (context) => {
        let state = startOf(context);
        for (let i = 0; i < 300; i++) {
          state = advance(state, { type: 'step-output', step: 'check', text: `line ${i}`, at: i });
          await context.report(state);
        }
        return finish(state);
      }),
    );
    await until('the final state', () => seen.some(isFinal));
    await stop();
    const seqs = seen.map((state) => state.seq);
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
    expect(new Set(seqs).size).toBe(seqs.length);
    expect(seen[0]).toMatchObject({ jobId: job.state.jobId, status: 'queued', seq: 0 });
    expect(seen.length).toBeLessThan(20);
    expect(seen.at(-1)).toMatchObject({ status: 'succeeded', seq: 303 });
    expect(seen.at(-1)?.steps[0]?.tail?.at(-1)).toBe('line 299');
  });

  it('that is reported slowly shows every step', async () => {
    const seen: number[] = [];
    const stop = await jobs.watch((state) => seen.push(state.seq));
    await work(
      handlers(async (context) => {
        let state = startOf(context);
        for (const at of [1, 2, 3]) {
          state = advance(state, { type: 'step-started', step: 'check', at });
          await context.report(state);
          await until('the watcher', () => seen.includes(state.seq));
        }
        return finish(state);
      }),
    );
    const { job } = await jobs.submit(deploy(), ANN);
    const last = await ended(job.state.jobId);
    await until('the final state', () => seen.includes(last.seq));
    await stop();
    expect(seen.slice(-4)).toEqual([3, 4, 5, 6]);
  });

  it('whose handler throws ends as failed, with the step under way, and frees the target', async () => {
    await work(
      handlers(async (context) => {
        await context.report(advance(startOf(context), { type: 'step-started', step: 'stage', at: 4 }));
        throw new Error('a bug with pw=hunter2!');
      }),
      { scrub: (text) => text.replaceAll('hunter2!', '***') },
    );
    const { job } = await jobs.submit(deploy(), ANN);
    const state = await ended(job.state.jobId);
    expect(state).toMatchObject({
      status: 'failed',
      problem: { code: 'internal', message: 'a bug with pw=***' },
    });
    expect(state.steps.map((step) => step.status)).toEqual(['skipped', 'failed']);
    const again = await jobs.submit(deploy(), ANN);
    expect(again.kind).toBe('queued');
    await ended(again.job.state.jobId);
  });

  it('keeps the outputs of its steps, scrubbed, and clipped in the middle', async () => {
    await work(
      handlers(async (context) => {
        await context.saveOutput('stage', `first pw=hunter2!\n${'é\n'.repeat(200_000)}last`);
        return finish(startOf(context));
      }),
      { scrub: (text) => text.replaceAll('hunter2!', '***') },
    );
    const { job } = await jobs.submit(deploy(), ANN);
    await ended(job.state.jobId);
    const output = (await jobs.output(job.state.jobId, 'stage')) ?? '';
    expect(Buffer.byteLength(output)).toBeLessThanOrEqual(256 * 1024);
    expect(output.startsWith('first pw=***\n')).toBe(true);
    expect(output.endsWith('last')).toBe(true);
    expect(output).toContain('bytes left out');
    expect(await jobs.output(job.state.jobId, 'check')).toBeUndefined();
  });
});

describe('status', () => {
  it('does not wait behind a deploy', async () => {
    const hold = gate();
    await work(
      handlers(
        async (context) => {
          await hold.promise;
          return finish(startOf(context));
        },
        async () => [{ site: 'aws', deployment: 'dev', condition: 'running', services: [], observedAt: 7 }],
      ),
    );
    const { job } = await jobs.submit(deploy(), ANN);
    await until('the deploy under way', async () => (await jobs.counts())[0]?.running === 1);
    const statuses = await jobs.status({ kind: 'status', site: 'aws' }, PATIENCE_MS);
    expect(statuses).toMatchObject([
      { deployment: 'dev', condition: 'running', observedAt: 7 },
      { deployment: 'prod', condition: 'unknown' },
    ]);
    hold.open();
    await ended(job.state.jobId);
  });

  it('says at once when no worker serves the site', async () => {
    const limitMs = 60_000;
    const began = performance.now();
    const statuses = await jobs.status({ kind: 'status', site: 'dori' }, limitMs);
    expect(performance.now() - began).toBeLessThan(limitMs / 2);
    expect(statuses).toMatchObject([
      { condition: 'unknown', detail: 'no worker is running for site dori', services: [] },
    ]);
    expect(await jobs.workers()).toEqual([]);
  });

  it('gives up at its time limit, and says why when the worker fails', async () => {
    const hold = gate<never[]>();
    await work(
      handlers(succeed, ({ site }) => (site === 'aws' ? hold.promise : Promise.reject(new Error('no')))),
    );
    expect(await jobs.workers()).toEqual(['aws', 'dori']);
    const late = await jobs.status({ kind: 'status', site: 'aws', deployment: 'prod' }, 200);
    expect(late).toMatchObject([
      { deployment: 'prod', condition: 'unknown', detail: expect.stringContaining('within 0.2 s') },
    ]);
    expect(await jobs.status({ kind: 'status', site: 'dori' }, PATIENCE_MS)).toMatchObject([
      { condition: 'unknown', detail: 'no' },
    ]);
    hold.open([]);
  });
});

describe('a restarted bot', () => {
  it('finds what its messages do not show yet, and sees the rest of a run', async () => {
    const hold = gate();
    await work(
      handlers(async (context) => {
        const state = advance(startOf(context), { type: 'step-started', step: 'check', at: 4 });
        await context.report(state);
        await hold.promise;
        return finish(state);
      }),
    );
    const before = await jobs.unshown();
    const { job } = await jobs.submit(deploy(), ANN);
    const id = job.state.jobId;
    const message = { channel: 'C1', ts: '1.2', permalink: 'https://slack/x' };
    await jobs.attach(id, message);
    await until('progress', async () => (await jobs.find(id))?.state.seq === 3);
    await jobs.shown(id, 3);
    await jobs.shown(id, 1);

    const bot = patientJobs(redis.url);
    const seen: RunState[] = [];
    await bot.watch((state) => seen.push(state));
    const unshown = (await bot.unshown()).filter(
      (one) => !before.some((other) => other.state.jobId === one.state.jobId),
    );
    expect(unshown).toMatchObject([{ state: { jobId: id, status: 'running' }, message, shownSeq: 3 }]);
    hold.open();
    const last = await until('the end', () => seen.find(isFinal));
    expect((await bot.unshown()).map((one) => one.state.jobId)).toContain(id);
    await bot.shown(id, last.seq);
    expect((await bot.unshown()).map((one) => one.state.jobId)).not.toContain(id);
    expect(await bot.find(id)).toMatchObject({ shownSeq: last.seq, message });
    await bot.close();
  });

  it('cannot attach a message to a job that is not there', async () => {
    await expect(jobs.attach('nosuch', { channel: 'C', ts: '1' })).rejects.toMatchObject({
      code: 'job.unknown',
    });
    expect(await jobs.find('nosuch')).toBeUndefined();
  });
});

it('lists running and waiting jobs before ended ones, newest first, over all targets', async () => {
  const hold = gate();
  await work(
    handlers(async (context) => {
      if (context.request.deployment === 'prod') await hold.promise;
      return finish(startOf(context));
    }),
  );
  const prod = await jobs.submit(deploy('aws', 'prod'), ANN);
  const dev = await jobs.submit(deploy('aws', 'dev'), ANN);
  await ended(dev.job.state.jobId);
  const dori = await jobs.submit(deploy('dori', 'dev'), ANN);
  await ended(dori.job.state.jobId);
  const ids = (list: Awaited<ReturnType<RedisJobs['list']>>) => list.map((job) => job.state.jobId);
  expect(ids(await jobs.list({ limit: 3 }))).toEqual([
    prod.job.state.jobId,
    dori.job.state.jobId,
    dev.job.state.jobId,
  ]);
  expect(ids(await jobs.list({ site: 'aws', limit: 2 }))).toEqual([
    prod.job.state.jobId,
    dev.job.state.jobId,
  ]);
  expect(ids(await jobs.list({ deployment: 'dev', limit: 1 }))).toEqual([dori.job.state.jobId]);
  hold.open();
  await ended(prod.job.state.jobId);
});
