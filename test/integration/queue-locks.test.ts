import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Lock } from '../../src/core/lock.ts';
import type { RedisJobs } from '../../src/queue/jobs.ts';
import { patientJobs } from '../fixtures/patient.ts';
import { ANN, BOB } from '../fixtures/queue.ts';
import { startRedis, type TestRedis } from '../fixtures/redis.ts';

let redis: TestRedis;
let jobs: RedisJobs;
beforeAll(async () => {
  redis = await startRedis();
});
beforeEach(() => {
  jobs = patientJobs(redis.url);
});
afterEach(() => jobs.close());
afterAll(() => redis.remove());

const lockOf = (owner = ANN, reason = 'move'): Lock => ({
  site: 'aws',
  deployment: 'prod',
  reason,
  owner,
  since: 1,
  until: 2,
});

it('gives a free target to one of many, and takes a lock only from who was seen', async () => {
  const tried = await Promise.all(
    Array.from({ length: 10 }, (_, i) => jobs.locks.put(lockOf({ ...ANN, id: `U${i}` }), undefined)),
  );
  expect(tried.filter(Boolean)).toHaveLength(1);
  const [standing] = await jobs.locks.list();
  const took = await Promise.all([
    jobs.locks.put(lockOf(BOB), standing),
    jobs.locks.put(lockOf({ ...BOB, id: 'U9' }), standing),
  ]);
  expect(took.filter(Boolean)).toHaveLength(1);
  expect(await jobs.locks.remove(standing ?? lockOf())).toBe(false);
  const [taken] = await jobs.locks.list();
  expect(await jobs.locks.remove(taken ?? lockOf())).toBe(true);
  expect(await jobs.locks.list()).toEqual([]);
});

it('keeps what is to be said until it was said', async () => {
  const news = { kind: 'taken', lock: lockOf(), by: BOB, at: 5 } as const;
  const wish = { site: 'aws', deployment: 'prod', who: BOB, at: 6 };
  await jobs.locks.tell(news);
  await jobs.locks.wish(wish);
  await jobs.locks.wish({ ...wish, at: 7 });
  expect(await jobs.locks.news()).toEqual([news]);
  expect(await jobs.locks.wishes()).toEqual([{ ...wish, at: 7 }]);
  await jobs.locks.told(news);
  await jobs.locks.granted(wish);
  expect([...(await jobs.locks.news()), ...(await jobs.locks.wishes())]).toEqual([]);
});
