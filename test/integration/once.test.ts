import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRedisOnce } from '../../src/queue/once.ts';
import { PATIENCE_MS } from '../fixtures/patient.ts';
import { startRedis, type TestRedis } from '../fixtures/redis.ts';

let redis: TestRedis;

beforeAll(async () => {
  redis = await startRedis();
});

afterAll(async () => {
  await redis.remove();
});

test('of many equal events in several processes one is the first, until it is forgotten', async () => {
  const stores = [createRedisOnce(redis.url, PATIENCE_MS), createRedisOnce(redis.url, PATIENCE_MS)];
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => (stores[i % 2] ?? stores[0])?.first('signature-x', 600)),
  );
  expect(answers.filter(Boolean)).toHaveLength(1);
  expect(await stores[0]?.first('signature-y', 1)).toBe(true);
  await expect.poll(() => stores[1]?.first('signature-y', 600)).toBe(true);
  await Promise.all(stores.map((store) => store.close()));
});

test('a store that is away says so soon', async () => {
  const once = createRedisOnce('redis://127.0.0.1:1');
  await expect(once.first('x', 1)).rejects.toMatchObject({ code: 'queue.unavailable' });
  await once.close();
});
