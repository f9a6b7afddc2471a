import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { choicesAfter } from '../../src/commands/after-run.ts';
import { advance, isFinal } from '../../src/core/run.ts';
import { PREFIX, runQueue } from '../../src/queue/names.ts';
import { startWorkers } from '../../src/queue/workers.ts';
import { HELD, patientJobs } from '../fixtures/patient.ts';
import { ANN, deploy, handlers, quietLogger, startOf, TARGETS } from '../fixtures/queue.ts';
import { startRedis } from '../fixtures/redis.ts';
import { until } from '../fixtures/until.ts';

it('says that an automatic rollback could not be queued, and leaves it to people', async () => {
  const redis = await startRedis();
  const client = new Redis(redis.url);
  const jobs = patientJobs(redis.url);
  const workers = await startWorkers({
    redisUrl: redis.url,
    sites: ['aws'],
    targets: TARGETS,
    logger: quietLogger,
    ...HELD,
    scrub: (text) => text,
    handlers: handlers(async (context) => {
      // The counter of the queue cannot be raised any more: Redis refuses every new job.
      await client.set(`${PREFIX}:${runQueue({ site: 'aws', deployment: 'dev' })}:id`, 'full');
      const begun = advance(startOf(context), { type: 'step-started', step: 'stage', at: 3 });
      return {
        ...advance(begun, {
          type: 'finished',
          status: 'failed',
          problem: { code: 'step.failed', message: 'it broke', next: 'Mend it.' },
          undoneBy: `${context.jobId}-rollback`,
          at: 4,
        }),
        release: '2.5.4-x',
      };
    }),
  });
  try {
    await workers.ready;
    const { job } = await jobs.submit(deploy(), ANN);
    const { jobId } = job.state;
    const state = await until('the end', async () => {
      const found = await jobs.find(jobId);
      return found !== undefined && isFinal(found.state) && found.state.undoneBy === undefined && found.state;
    });
    expect(state.problem).toMatchObject({ code: 'step.failed' });
    expect(state.problem?.message).toMatch(/^it broke; its automatic rollback could not be queued: /);
    expect(state.problem?.next).toContain('/jaws rollback dev aws');
    expect(choicesAfter(state).map(({ command }) => command)).toContain('retry');
    expect(await jobs.find(`${jobId}-rollback`)).toBeUndefined();
  } finally {
    await workers.close();
    await jobs.close();
    client.disconnect();
    await redis.remove();
  }
});
