import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sharingScripts } from '../../src/queue/shared-scripts.ts';
import { startRedis, type TestRedis } from '../fixtures/redis.ts';

let server: TestRedis;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server?.remove());

test('a script that one connection was given works on every other, alone and in a pipeline, and is kept once', async () => {
  const first = sharingScripts(new Redis(server.url));
  const second = first.duplicate();
  try {
    first.defineCommand('append:1', {
      numberOfKeys: 1,
      lua: "return redis.call('APPEND', KEYS[1], ARGV[1])",
    });
    const call = (on: object): Promise<unknown> => Reflect.get(on, 'append:1').call(on, 'k', 'ab');
    expect(await call(second)).toBe(2);
    expect(await call(first)).toBe(4);
    const pipeline = second.pipeline();
    void call(pipeline);
    expect(await pipeline.exec()).toEqual([[null, 6]]);
    expect(Object.keys(first)).not.toContain('append:1');
  } finally {
    first.disconnect();
    second.disconnect();
  }
});
