import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { createMemoryOnce } from '../../src/queue/once.ts';
import { type SlackEmulator, startSlack } from '../../src/sandbox/slack/emulator.ts';
import type { Envelope } from '../../src/sandbox/slack/socket.ts';
import { createSlackApp, type SlackApp } from '../../src/slack/app.ts';
import { systemClock } from '../../src/slack/clock.ts';
import { directory } from '../fixtures/directory.ts';
import { FakeJobs } from '../fixtures/jobs.ts';
import { until } from '../fixtures/until.ts';

let slack: SlackEmulator;
let jobs: FakeJobs;
let app: SlackApp | undefined;
/** How far the bot's clock is ahead of the machine's, in milliseconds. */
let ahead: number;
/** Every wait that the bot has begun, in milliseconds. */
let waits: number[];

function anApp(appToken = slack.socket.appToken): SlackApp {
  const now = () => Date.now() + ahead;
  app = createSlackApp({
    token: new Secret('SLACK_BOT_TOKEN', slack.botToken),
    appToken: new Secret('SLACK_APP_TOKEN', appToken),
    apiUrl: slack.apiUrl,
    port: 0,
    host: '127.0.0.1',
    jobs,
    directory: { ...directory, may: (caller, right) => caller.name === 'alice' || right === 'read' },
    once: createMemoryOnce(now),
    clock: {
      now,
      elapsed: now,
      after(ms, callback) {
        waits.push(ms);
        return systemClock.after(ms, callback);
      },
    },
    logger: pino({ level: 'silent' }),
    routes: [(_, response) => response.writeHead(200).end('a page') !== undefined],
  });
  return app;
}

beforeEach(async () => {
  slack = await startSlack({ users: ['alice', 'rita'], channels: ['jaws-aws'] });
  jobs = new FakeJobs();
  ahead = 0;
  waits = [];
});

afterEach(async () => {
  await app?.stop();
  app = undefined;
  await slack.close();
});

function lastSent(): Envelope {
  const envelope = slack.socket.sent.at(-1);
  if (envelope === undefined) throw new Error('Slack has sent nothing');
  return envelope;
}

/** The bot has left its first connection, or lost it, and is connected through another. */
async function secondConnection(): Promise<void> {
  await until('the second connection', () => slack.socket.greeted > 1 && slack.socket.open === 1);
}

/** Everything that was sent before this has been dealt with once it is answered: one socket keeps the order. */
async function allDone(): Promise<void> {
  const last = await slack.command({ text: 'jobs', user: 'alice' });
  await last.first;
}

async function withStartButton(running: SlackApp) {
  await running.post({
    id: 'n-1',
    site: 'aws',
    topic: 'leftDown',
    since: Date.now(),
    report: { title: 'aws is back' },
    choices: [
      { label: 'Start', line: 'start dev aws', command: 'start', input: { deployment: 'dev', site: 'aws' } },
    ],
  });
  const [message] = slack.messages('#jaws-aws');
  if (message === undefined) throw new Error('the notice is not there');
  return message;
}

describe('a connected bot', () => {
  test('takes commands through the socket alone, and serves its pages over HTTP', async () => {
    const port = await anApp().start();
    const delivered = await slack.command({ text: 'deploy dev aws', user: 'alice' });
    expect(delivered).toMatchObject({ status: 200, body: '' });
    expect((await delivered.first).text).toContain('waits for a worker');
    await until('the run in its channel', () => slack.messages('#jaws-aws').length === 1);
    const page = await fetch(`http://127.0.0.1:${port}/slack/events`, {
      method: 'POST',
      body: 'command=/jaws',
    });
    expect(await page.text()).toBe('a page');
    expect(jobs.submitted).toHaveLength(1);
  });

  test('knows who it talks to', async () => {
    await anApp().start();
    const delivered = await slack.command({ text: 'deploy dev aws', user: 'rita' });
    expect((await delivered.first).text).toContain('does not have the right "deploy"');
    expect(jobs.submitted).toEqual([]);
  });

  test('carries out what a button holds', async () => {
    const running = anApp();
    await running.start();
    const click = await slack.click(await withStartButton(running), 'Start', 'alice');
    expect(click).toMatchObject({ status: 200, body: '' });
    await click.first;
    expect(jobs.submitted).toMatchObject([{ action: 'start', site: 'aws', deployment: 'dev' }]);
  });

  test('leaves when it ends', async () => {
    const running = anApp();
    await running.start();
    await running.stop();
    await until('the end of the connection', () => slack.socket.open === 0);
    expect(slack.socket.greeted).toBe(1);
  });
});

describe('an envelope that comes again changes nothing:', () => {
  test.each([
    ['at once', 0],
    ['minutes later, through another connection', 300_000],
  ])('a command and a click, %s', async (_, later) => {
    const running = anApp();
    await running.start();
    const message = await withStartButton(running);
    const command = await slack.command({ text: 'restart dev aws', user: 'alice' });
    await command.first;
    const [restart] = jobs.jobs.values();
    if (restart === undefined) throw new Error('there is no job');
    const sentCommand = lastSent();
    jobs.jobs.clear();
    const click = await slack.click(message, 'Start', 'alice');
    await click.first;
    const sentClick = lastSent();
    jobs.jobs.clear();
    ahead += later;
    if (later > 0) {
      slack.socket.recycle();
      await secondConnection();
    }
    const again = [await slack.socket.send(sentCommand), await slack.socket.send(sentClick)];
    expect(again).toEqual([
      { status: 200, body: '' },
      { status: 200, body: '' },
    ]);
    await allDone();
    expect(jobs.submitted.map(({ action }) => action)).toEqual(['restart', 'start']);
    expect([command.replies.length, click.replies.length]).toEqual([1, 1]);
  });
});

describe('a connection that was lost comes back:', () => {
  test.each<[string, () => void]>([
    ['cut', () => slack.socket.cut()],
    ['recycled by Slack', () => slack.socket.recycle('refresh_requested')],
  ])('%s', async (_, lose) => {
    const running = anApp();
    await running.start();
    lose();
    await secondConnection();
    const delivered = await slack.command({ text: 'deploy dev aws', user: 'alice' });
    expect((await delivered.first).text).toContain('waits for a worker');
    await running.checkSlack();
  });

  test('a steady one at once, so that hardly a command is missed', async () => {
    await anApp().start();
    ahead += 60_000;
    waits = [];
    slack.socket.recycle();
    await secondConnection();
    expect(waits[0]).toBe(0);
  });

  test('when Slack refuses or is away meanwhile, as soon as it takes us again', async () => {
    const running = anApp();
    await running.start();
    slack.faults.plan('apps.connections.open', { kind: 'error', error: 'invalid_auth' });
    slack.faults.plan('apps.connections.open', { kind: 'status', status: 503 }, Number.POSITIVE_INFINITY);
    const before = slack.faults.calls('apps.connections.open');
    slack.socket.cut();
    const said = () =>
      running.checkSlack().then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(await until('the loss', said)).toMatchObject({ code: 'slack.unreachable' });
    await until('both refusals', () => slack.faults.calls('apps.connections.open') >= before + 2);
    slack.faults.clear();
    await secondConnection();
    await allDone();
    await running.checkSlack();
  });
});

describe('a bot that Slack does not let in says so once and does not stay', () => {
  test.each([
    ['an unknown token', 'xapp-wrong', 'invalid_auth'],
    ['a bot token', 'xoxb-wrong', 'not_allowed_token_type'],
  ])('%s', async (_, token, reason) => {
    await expect(anApp(token).start()).rejects.toMatchObject({
      code: 'slack.api',
      message: `Slack refused apps.connections.open: ${reason}`,
      next: expect.stringContaining('connections:write'),
    });
    expect(slack.faults.calls('apps.connections.open')).toBe(1);
    expect(slack.record.transcript().join()).not.toContain(token);
  });

  test('Slack being away', async () => {
    slack.faults.plan('apps.connections.open', { kind: 'cut' }, 10);
    await expect(anApp().start()).rejects.toMatchObject({ code: 'slack.unreachable' });
  });
});
