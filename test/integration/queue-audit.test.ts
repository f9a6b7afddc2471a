import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { AuditEntry } from '../../src/core/audit.ts';
import { advance, queuedRun } from '../../src/core/run.ts';
import { type AuditFilter, appendRunAudit } from '../../src/queue/audit.ts';
import type { RedisJobs } from '../../src/queue/jobs.ts';
import { startWorkers, type Workers } from '../../src/queue/workers.ts';
import { all } from '../fixtures/all.ts';
import { HELD, patientJobs } from '../fixtures/patient.ts';
import { ANN, BOB, deploy, finish, handlers, quietLogger, startOf, TARGETS } from '../fixtures/queue.ts';
import { startRedis, type TestRedis } from '../fixtures/redis.ts';
import { until } from '../fixtures/until.ts';

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

const entries = (filter: AuditFilter) => all(jobs.audit.read(filter));

it('records the steps and the result of a run under the name of who asked, without its secrets', async () => {
  workers = await startWorkers({
    redisUrl: redis.url,
    sites: ['aws'],
    targets: TARGETS,
    logger: quietLogger,
    ...HELD,
    scrub: (text) => text.replaceAll('sesame', '••••••'),
    handlers: handlers(async (context) => {
      const begun = advance(startOf(context), { type: 'step-started', step: 'stage', at: 3 });
      const done = { type: 'step-finished', step: 'stage', status: 'failed', at: 4 } as const;
      return finish(advance(begun, { ...done, detail: 'no sesame' }), 'failed');
    }),
  });
  await workers.ready;
  const submitted = await jobs.submit(deploy(), ANN);
  const { jobId } = submitted.job.state;
  await until('the result', async () => (await entries({})).length === 2);
  expect(await entries({ site: 'aws', deployment: 'dev' })).toEqual([
    expect.objectContaining({ kind: 'result', who: ANN, what: 'deploy', jobId, outcome: 'failed' }),
    expect.objectContaining({ kind: 'step', who: ANN, what: 'deploy: stage', outcome: 'failed: no ••••••' }),
  ]);
});

it('finds the entries of a target among many, those of everything included', async () => {
  const entry = (over: Partial<AuditEntry>): AuditEntry => ({
    at: 1,
    who: BOB,
    kind: 'said',
    what: 'lock',
    outcome: 'done',
    ...over,
  });
  for (let i = 0; i < 1_200; i += 1) await jobs.audit.append(entry({ site: 'dori', deployment: 'dev' }));
  await jobs.audit.append(entry({ site: 'all', deployment: 'all', what: 'unlock' }));
  const found = await entries({ site: 'aws', deployment: 'dev' });
  expect(found.map(({ what }) => what)).toEqual(['unlock', 'deploy', 'deploy: stage']);
  expect(await entries({}), 'none is left out').toHaveLength(1_203);
});

it('reads a time of it, and removes what is too old with a word about it', async () => {
  const DAY = 24 * 3600_000;
  const before = await entries({});
  const [first, second] = [before.length * 1_000, (before.length + 40) * DAY];
  const entry = (at: number, what: string): AuditEntry => ({
    at,
    who: BOB,
    kind: 'said',
    what,
    outcome: 'done',
  });
  await jobs.audit.append(entry(first, 'early'));
  await jobs.audit.append(entry(second, 'late'));
  const between = await entries({ since: first, until: second });
  expect(between.map(({ what }) => what)).toEqual(['early']);
  expect((await entries({ since: second })).map(({ what }) => what)).toEqual(['late']);
  expect(await jobs.audit.trim(Date.now() - DAY, Date.now()), 'all of it is from today').toBe(0);
  expect(await entries({})).toHaveLength(before.length + 2);
  expect(await jobs.audit.trim(Date.now() + DAY, 5)).toBe(before.length + 2);
  expect(await entries({})).toMatchObject([
    {
      kind: 'trimmed',
      at: 5,
      outcome: expect.stringMatching(new RegExp(`^${before.length + 2} entries from before`)),
    },
  ]);
});

it('records what a run did once, however often its end is recorded', async () => {
  const store = new Redis(redis.url);
  const before = (await entries({})).length;
  const state = finish(queuedRun('d-twice', deploy(), ANN, 'aws-dev', 1));
  await appendRunAudit(store, state);
  await appendRunAudit(store, state);
  expect((await entries({})).length).toBe(before + 1);
  store.disconnect();
});
