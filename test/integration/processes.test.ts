import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LIVE_RUNBOOKS_KEY } from '../../src/queue/names.ts';
import { type SlackEmulator, startSlack } from '../../src/sandbox/slack/emulator.ts';
import { startRedis, type TestRedis } from '../fixtures/redis.ts';
import { until } from '../fixtures/until.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const CONFIG = fileURLToPath(new URL('../../config', import.meta.url));

let redis: TestRedis;
let slack: SlackEmulator;
let folder: string;
beforeAll(async () => {
  redis = await startRedis();
  slack = await startSlack({ users: ['ada'], channels: ['jaws-aws'] });
  folder = mkdtempSync(join(tmpdir(), 'jaws-ops-processes-'));
  writeFileSync(join(folder, 'secrets.yaml'), '{}\n');
  chmodSync(join(folder, 'secrets.yaml'), 0o600);
});
afterAll(async () => {
  await redis?.remove();
  await slack?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

/** Runs `jaws-ops` until it ends by itself; one that is still there after the limit is killed and has no code. */
function jawsOps(words: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', 'tsx', CLI, ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 200_000,
    killSignal: 'SIGKILL',
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      REDIS_URL: redis.url,
      JAWS_OPS_CONFIG: CONFIG,
      JAWS_OPS_SECRETS: join(folder, 'secrets.yaml'),
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_SIGNING_SECRET: slack.signingSecret,
      SLACK_API_URL: slack.apiUrl,
      PORT: '0',
      ...env,
    },
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stderr })));
}

test('bot and worker in one process end together when the bot cannot start', async () => {
  const { code, stderr } = await jawsOps(['start'], { SLACK_API_URL: 'http://127.0.0.1:1/' });
  expect(stderr).toContain('[slack.unreachable]');
  expect(code).toBe(4);
});

test('an app token that Slack does not know is one clear error', async () => {
  const { code, stderr } = await jawsOps(['bot'], {
    SLACK_SIGNING_SECRET: '',
    SLACK_APP_TOKEN: 'xapp-hunter2',
  });
  expect(stderr).toContain('Slack refused apps.connections.open: invalid_auth');
  expect(stderr).toContain('[slack.api]');
  expect(stderr).toContain('SLACK_APP_TOKEN has to be an app-level token');
  expect(stderr).not.toContain('hunter2');
  expect(code).toBe(1);
});

test('a port that is taken is named as a mistake of the environment', async () => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const address = holder.address();
  const port = address !== null && typeof address === 'object' ? String(address.port) : '';
  const { code, stderr } = await jawsOps(['bot'], { PORT: port });
  await new Promise((resolve) => holder.close(resolve));
  expect(stderr).toContain(`PORT: cannot listen on port ${port}`);
  expect(stderr).toContain('[config.environment]');
  expect(code).toBe(2);
});

test('a bot that fails after it has begun to listen ends, and does not stay without a purpose', async () => {
  const client = new Redis(redis.url);
  await client.set(LIVE_RUNBOOKS_KEY, 'of another type');
  const { code, stderr } = await jawsOps(['bot'], {});
  await client.del(LIVE_RUNBOOKS_KEY);
  client.disconnect();
  expect(stderr).toContain('[queue.unavailable]');
  expect(code).toBe(4);
});

test('a worker that waits for Redis says so in a few lines, and ends when it is told to', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', CLI, 'worker'], {
    stdio: ['ignore', 'inherit', 'pipe'],
    timeout: 200_000,
    killSignal: 'SIGKILL',
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      REDIS_URL: 'redis://127.0.0.1:1',
      JAWS_OPS_CONFIG: CONFIG,
      JAWS_OPS_SECRETS: join(folder, 'secrets.yaml'),
    },
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const ended = once(child, 'exit');
  try {
    await until('word of the Redis that is away', () => log.includes('no connection to Redis'));
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(log.trim().split('\n').length).toBeLessThan(10);
  } finally {
    child.kill('SIGKILL');
  }
});
