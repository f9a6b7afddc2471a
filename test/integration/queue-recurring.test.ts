import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OpsError } from '../../src/core/errors.ts';
import type { Ask } from '../../src/queue/connection.ts';
import { PREFIX, SCHEDULES_QUEUE } from '../../src/queue/names.ts';
import { createRunbookRuns } from '../../src/queue/runbooks.ts';
import { startSchedules } from '../../src/queue/schedules.ts';
import type { RunbookRun } from '../../src/runbooks/run.ts';
import { ANN, gate, quietLogger } from '../fixtures/queue.ts';
import { startRedis, type TestRedis } from '../fixtures/redis.ts';
import { until } from '../fixtures/until.ts';

let redis: TestRedis;
let store: Redis;
beforeAll(async () => {
  redis = await startRedis();
  store = new Redis(redis.url);
});
afterAll(async () => {
  store?.disconnect();
  await redis?.remove();
});

const everySecond = (run: () => Promise<void>) => ({ id: 'a', title: 'a', when: { everyMs: 1_000 }, run });

it('schedules that Redis refuses at first are followed once it takes them', async () => {
  const key = `${PREFIX}:${SCHEDULES_QUEUE}:repeat`;
  await store.set(key, 'in the way');
  const refused = gate<unknown>();
  const ran = gate();
  const logger = quietLogger.child({});
  logger.warn = (what: unknown) => refused.open(what);
  const schedules = startSchedules({
    redisUrl: redis.url,
    logger,
    schedules: [everySecond(async () => ran.open())],
  });
  expect(await refused.promise).toMatchObject({ reason: expect.stringContaining('WRONGTYPE') });
  await store.del(key);
  await ran.promise;
  await schedules.close();
});

it('a turn that takes long does not hold up the end of the process', async () => {
  const begun = gate();
  const end = gate();
  const schedules = startSchedules({
    redisUrl: redis.url,
    logger: quietLogger,
    graceMs: 0,
    schedules: [
      everySecond(async () => {
        begun.open();
        await end.promise;
      }),
    ],
  });
  await begun.promise;
  await schedules.close();
  end.open();
});

it('a change of a runbook that came while Redis was away is told, also when it is not asked for at once', async () => {
  let failures = 0;
  const ask: Ask = async (question) => {
    if (failures > 0) {
      failures -= 1;
      throw new OpsError('queue.unavailable', 'still away');
    }
    return question();
  };
  const runs = createRunbookRuns(store, ask, () => new Redis(redis.url));
  const heard: number[] = [];
  const unwatch = await runs.watch(({ seq }) => heard.push(seq));
  const run: RunbookRun = {
    id: 'rb-1',
    seq: 1,
    runbook: 'restart',
    title: 'Restart',
    site: 'aws',
    values: {},
    caller: ANN,
    actor: ANN,
    status: 'running',
    startedAt: 1,
    steps: [],
  };
  await runs.add(run);
  await until('the first word', () => heard.length > 0);
  heard.length = 0;
  failures = 2;
  await store.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
  await until('the word after the outage', () => heard.includes(1));
  expect(failures).toBe(0);
  await unwatch();
});
