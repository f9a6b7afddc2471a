import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { constants, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createAsk, openProducer } from '../../src/queue/connection.ts';

/** Takes connections and never answers: what Redis looks like while it cannot be asked. */
let server: Server;
let url: string;
let redis: Redis;
const taken: Socket[] = [];
beforeEach(async () => {
  server = createServer((socket) => taken.push(socket.on('error', () => undefined).resume()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
  redis = openProducer(url);
});
afterEach(async () => {
  redis.disconnect();
  for (const socket of taken.splice(0)) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

/** An error before it, such as a try that took too long, changes nothing. */
const heard = (event: 'connect' | 'end') =>
  new Promise<void>((resolve) => redis.once(event, () => resolve()));

/** Far longer than the test may take: what ends before it has not waited for it. */
const LONG_MS = 600_000;

test('a connection that was closed is not opened anew by who asks late', async () => {
  await heard('connect');
  const ended = heard('end');
  redis.disconnect();
  await ended;
  const ask = createAsk(redis, url, LONG_MS);
  await expect(ask(async () => 'answer')).rejects.toMatchObject({
    code: 'queue.unavailable',
    message: expect.stringContaining('the connection was closed'),
  });
  expect(redis.status).toBe('end');
});

test('who waits for a connection is told at once that it was closed', async () => {
  const ask = createAsk(redis, url, LONG_MS);
  await heard('connect');
  const asked = ask(async () => 'answer');
  redis.disconnect();
  await expect(asked).rejects.toMatchObject({ code: 'queue.unavailable' });
  expect(redis.status).toBe('end');
});

test('a connection that does not come is waited for no longer than the limit', async () => {
  const ask = createAsk(redis, url, 1);
  await expect(ask(async () => 'answer')).rejects.toMatchObject({
    code: 'queue.unavailable',
    message: expect.stringContaining('no connection within 1 ms'),
  });
});

test('an answer that arrived while the process stood still is an answer', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'jaws-ops-ask-'));
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const pipe = new Socket({ fd, writable: false });
  const connected: Redis = Object.create(redis, { status: { value: 'ready' } });
  const answer = createAsk(
    connected,
    url,
    1,
  )(() => {
    const read = once(pipe, 'data').then(String);
    writeSync(fd, 'answer');
    // Past the limit, while nothing of this process goes on.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    return read;
  });
  await expect(answer).resolves.toBe('answer');
  pipe.destroy();
  rmSync(folder, { recursive: true });
});
