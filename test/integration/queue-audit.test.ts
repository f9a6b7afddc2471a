import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { AuditEntry } from '../../src/core/audit.ts';
import { advance } from '../../src/core/run.ts';
import { createJobs, type RedisJobs } from '../../src/queue/jobs.ts';
import { startWorkers, type Workers } from '../../src/queue/workers.ts';
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
  jobs = createJobs({ redisUrl: redis.url, targets: TARGETS, now: Date.now });
});
afterEach(async () => {
  await workers?.close();
  await jobs.close();
});
afterAll(() => redis.remove());

it('records the steps and the result of a run under the name of who asked, without its secrets', async () => {
  workers = await startWorkers({
    redisUrl: redis.url,
    sites: ['aws'],
    targets: TARGETS,
    logger: quietLogger,
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
  await until('the result', async () => (await jobs.audit.list({ limit: 10 })).length === 2);
  expect(await jobs.audit.list({ site: 'aws', deployment: 'dev', limit: 10 })).toEqual([
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
  const found = await jobs.audit.list({ site: 'aws', deployment: 'dev', limit: 10 });
  expect(found.map(({ what }) => what)).toEqual(['unlock', 'deploy', 'deploy: stage']);
  expect(await jobs.audit.list({ limit: 7 })).toHaveLength(7);
});
