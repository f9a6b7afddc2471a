import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { advance, isFinal } from '../../src/core/run.ts';
import type { TargetCondition } from '../../src/core/service.ts';
import type { RedisJobs } from '../../src/queue/jobs.ts';
import { onceKey } from '../../src/queue/names.ts';
import { startWorkers, type Workers } from '../../src/queue/workers.ts';
import { type SlackEmulator, startSlack } from '../../src/sandbox/slack/emulator.ts';
import type { SentMessage } from '../../src/sandbox/slack/record.ts';
import { HELD, patientJobs, reached } from '../fixtures/patient.ts';
import { ANN, deploy, handlers, quietLogger, startOf, TARGETS } from '../fixtures/queue.ts';
import { startRedis, type TestRedis } from '../fixtures/redis.ts';
import { targetStatus } from '../fixtures/runs.ts';
import { type Moment, openGate, type SlackGate } from '../fixtures/slack-gate.ts';
import { until } from '../fixtures/until.ts';
import { aWindow } from '../fixtures/windows.ts';

const BOT = fileURLToPath(new URL('../fixtures/bot-process.ts', import.meta.url));
const CONFIG = fileURLToPath(new URL('../../config', import.meta.url));
const MIN = 60_000;
const HOUR = 60 * MIN;
/** A dozen bots are started, one after the other. */
const LIMIT_MS = 600_000;

let redis: TestRedis;
let slack: SlackEmulator;
let gate: SlackGate;
let jobs: RedisJobs;
let workers: Workers;
/** How the worker finds dev at aws. */
let condition: TargetCondition = 'running';
/** What bots and worker take for the time: it stands until a test moves it on. */
let instant = Date.now();
const now = () => instant;

beforeAll(async () => {
  redis = await startRedis();
  slack = await startSlack({ users: ['ada'], channels: ['jaws-aws'], groups: { S000OPERATORS: ['ada'] } });
  gate = await openGate(slack.apiUrl);
  jobs = patientJobs(redis.url, { now });
  workers = await startWorkers({
    redisUrl: redis.url,
    sites: ['aws'],
    targets: TARGETS,
    logger: quietLogger,
    ...HELD,
    handlers: handlers(
      async (context) => {
        const end = advance(startOf(context), { type: 'finished', status: 'succeeded', at: now() });
        condition = 'running';
        await context.report(end);
        return end;
      },
      async () => [targetStatus(condition)],
    ),
  });
  await workers.ready;
});
afterAll(async () => {
  bot?.child.kill('SIGKILL');
  await workers?.close();
  await jobs?.close();
  await gate?.close();
  await slack?.close();
  await redis?.remove();
});

interface BotProcess {
  readonly child: ChildProcess;
  /** The next line it prints. */
  line(): Promise<string>;
}
let bot: BotProcess | undefined;

async function startBot(): Promise<BotProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', BOT, String(now())], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      REDIS_URL: redis.url,
      JAWS_OPS_CONFIG: CONFIG,
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_SIGNING_SECRET: slack.signingSecret,
      SLACK_API_URL: gate.apiUrl,
    },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const started = { child, line: async () => String((await lines.next()).value) };
  slack.connect(`http://127.0.0.1:${await started.line()}`);
  bot = started;
  return started;
}

/** Kills the bot and starts another. What it had claimed to say is free again, as it is 45 seconds later. */
async function killed(): Promise<void> {
  if (bot !== undefined) {
    const gone = once(bot.child, 'exit');
    bot.child.kill('SIGKILL');
    await gone;
  }
  const store = new Redis(redis.url);
  const claims = await store.keys(onceKey('notice-*'));
  if (claims.length > 0) await store.del(...claims);
  store.disconnect();
  await startBot();
}

const SCHEDULES = ['reminders', 'after-maintenance'];

/** Lets the bot take a turn at this moment; it prints a line when that is done. */
function begin(schedule: string): void {
  bot?.child.stdin?.write(`${now()} ${schedule}\n`);
}

async function turns(): Promise<void> {
  for (const schedule of SCHEDULES) {
    begin(schedule);
    expect(await bot?.line()).toBe('done');
  }
}

/** What the channel says beside the runs, in order. */
const NOTICE = /^(Maintenance of|Down at|All up at) aws/;
const said = (): SentMessage[] => slack.messages('#jaws-aws').filter(({ text }) => NOTICE.test(text));

/** Moves on to when something is due, kills the bot at that moment of saying it, and sees it said once. */
async function step(moment: Moment | 'done', at: number, what: RegExp): Promise<SentMessage> {
  const before = said().length;
  instant = at;
  if (moment !== 'done') {
    const held = gate.hold(moment, what);
    for (const schedule of SCHEDULES) begin(schedule);
    await held;
    expect(said()).toHaveLength(moment === 'after' ? before + 1 : before);
    await killed();
  }
  await turns();
  await until(`${what} in the channel`, () => said().length > before);
  if (moment === 'done') await killed();
  await turns();
  await turns();
  const [message, ...more] = said().slice(before);
  expect(message?.text).toMatch(what);
  expect(more).toEqual([]);
  if (message === undefined) throw new Error('there is no message');
  return message;
}

/** Nothing is due, and nothing is said, by a bot that goes on or by one that was killed meanwhile. */
async function quiet(at: number, kill: boolean): Promise<void> {
  const before = said().length;
  instant = at;
  await turns();
  if (kill) {
    await killed();
    await turns();
  }
  expect(said()).toHaveLength(before);
}

const ended = () =>
  until('the end of every run', async () =>
    (await jobs.list({ limit: 20 })).every(({ state }) => isFinal(state)),
  );

test(
  'a bot killed at any moment of a maintenance loses no word of it and says none twice',
  async () => {
    await jobs.submit(deploy('aws', 'dev'), ANN);
    await ended();
    await startBot();
    const start = now() + 26 * HOUR;
    const end = start + 4 * HOUR;
    await jobs.windows.add(aWindow({ start, end, createdAt: now() }));

    await quiet(now(), false);
    await step('before', start - 24 * HOUR, /begins in 1 d/);
    await step('after', start - 2 * HOUR, /begins in 2 h/);
    await step('done', start, /has begun, until/);
    condition = 'unreachable';
    await quiet(start + HOUR, true);

    // What is to be up stands in Redis, and Redis stands in its file.
    await redis.kill();
    await redis.start();
    await reached(jobs);
    await until('the bot finds it, too', async () => {
      begin('reminders');
      return (await bot?.line()) === 'done';
    });
    expect(await jobs.intended()).toMatchObject([
      { site: 'aws', deployment: 'dev', wanted: 'up', by: 'ann' },
    ]);
    expect(await jobs.windows.list()).toMatchObject([{ id: 'w', start, end }]);

    await step('after', end, /is over/);
    await quiet(end + 2 * MIN, false);
    condition = 'supervisor-down';
    const offer = await step('before', end + 6 * MIN, /^Down at aws/);
    await quiet(end + 7 * MIN, true);
    const snoozed = await (await slack.click(offer, 'Snooze 30 min')).first;
    expect(snoozed.text).toContain('told again at');
    await quiet(end + 20 * MIN, true);
    const again = await step('after', end + 40 * MIN, /^Down at aws/);
    const pressed = await (await slack.click(again, 'Restart everything that was up')).first;
    expect(pressed.text).toContain('dev: started by job');
    await ended();
    await step('before', end + 45 * MIN, /^All up at aws after its maintenance: 1 of 1/);
    await quiet(end + 5 * HOUR, false);
    expect(said()).toHaveLength(7);
  },
  LIMIT_MS,
);
