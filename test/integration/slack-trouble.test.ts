import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunState } from '../../src/core/run.ts';
import { Secret } from '../../src/core/secret.ts';
import { createMemoryOnce } from '../../src/queue/once.ts';
import { type SlackEmulator, startSlack } from '../../src/sandbox/slack/emulator.ts';
import { deliver } from '../../src/sandbox/slack/ways.ts';
import { createSlackApp, type SlackApp } from '../../src/slack/app.ts';
import { createClients } from '../../src/slack/clients.ts';
import { FakeClock } from '../fixtures/clock.ts';
import { directory } from '../fixtures/directory.ts';
import { FakeJobs } from '../fixtures/jobs.ts';
import { failedIn, queued, runningIn, succeeded } from '../fixtures/runs.ts';

const HOUR = 3_600_000;
const silent = pino({ level: 'silent' });

let slack: SlackEmulator;
let jobs: FakeJobs;
let clock: FakeClock;
let app: SlackApp;
let botUrl: string;

beforeEach(async () => {
  slack = await startSlack({
    users: ['alice', 'rita'],
    channels: directory.sites.map((site) => directory.channel(site)),
  });
  jobs = new FakeJobs();
  jobs.now = Date.now();
  clock = new FakeClock(Date.now());
  await startApp();
});

afterEach(async () => {
  await app.stop();
  await slack.close();
});

/** @param answerMs how long Slack may take for an answer, in milliseconds of this machine */
async function startApp(answerMs = 100_000): Promise<void> {
  const token = new Secret('SLACK_BOT_TOKEN', slack.botToken);
  app = createSlackApp({
    token,
    signingSecret: new Secret('SLACK_SIGNING_SECRET', slack.signingSecret),
    apiUrl: slack.apiUrl,
    port: 0,
    host: '127.0.0.1',
    jobs,
    directory: { ...directory, may: (caller) => caller.name === 'alice' },
    once: createMemoryOnce(() => clock.now()),
    clients: createClients(token, slack.apiUrl, silent, { progress: answerMs }),
    logger: silent,
    clock,
  });
  botUrl = `http://127.0.0.1:${await app.start()}`;
  slack.connect(botUrl);
}

/** Types a deploy as alice and gives its first state. */
async function deployed(target = 'dev aws'): Promise<RunState> {
  const delivered = await slack.command({ text: `deploy ${target}`, user: 'alice' });
  await delivered.first;
  const state = [...jobs.jobs.values()].at(-1)?.state ?? queued();
  return { ...state, queuedAt: Date.now() };
}

/** Lets the bot's time pass, a second at a time, until something is so; Slack answers in real time. */
async function passUntil(so: () => unknown, step = 1_000): Promise<void> {
  await expect
    .poll(
      async () => {
        await clock.pass(step);
        return Boolean(so());
      },
      { interval: 20 },
    )
    .toBe(true);
}

const texts = (channel = '#jaws-aws') => slack.messages(channel).map(({ text }) => text);
const ended = (jobId = 'd-1') => {
  const job = jobs.jobs.get(jobId);
  return job !== undefined && (job.shownSeq ?? -1) >= job.state.seq;
};

describe('the end of a run arrives, once, through', () => {
  test('a rate limit', async () => {
    const state = await deployed();
    await passUntil(() => texts().length === 1);
    slack.faults.plan('chat.update', { kind: 'rate-limited', retryAfterSec: 60 });
    jobs.push(runningIn('stage', state));
    const before = slack.faults.calls('chat.update');
    await passUntil(() => slack.faults.calls('chat.update') > before);
    jobs.push(succeeded(state));
    await clock.pass(50_000);
    expect(slack.faults.calls('chat.update')).toBe(before + 1);
    await passUntil(() => texts()[0]?.includes('Deployed JAWS Site 2.5.4'));
    expect(texts()).toHaveLength(1);
  });

  test.each([500, 503])('HTTP status %i', async (status) => {
    slack.faults.plan('chat.postMessage', { kind: 'status', status }, 3);
    const state = await deployed();
    slack.faults.plan('chat.update', { kind: 'status', status }, 3);
    jobs.push(succeeded(state));
    await passUntil(ended);
    expect(texts()).toEqual([expect.stringContaining('Deployed JAWS Site 2.5.4')]);
  });

  test.each(['chat.postMessage', 'chat.update'])('a %s without answer', async (method) => {
    await app.stop();
    await startApp(500);
    slack.faults.plan(method, { kind: 'hang' }, 2);
    const state = await deployed();
    jobs.push(runningIn('stage', state));
    await passUntil(() => texts().length === 1);
    jobs.push(succeeded(state));
    await passUntil(ended);
    expect(texts()).toEqual([expect.stringContaining('Deployed JAWS Site 2.5.4')]);
  });

  test('an answer that was lost, followed by a token that is refused for a while', async () => {
    slack.faults.plan('chat.postMessage', { kind: 'lost' });
    slack.faults.plan('conversations.list', { kind: 'error', error: 'token_revoked' });
    const state = await deployed();
    jobs.push(succeeded(state));
    await passUntil(ended);
    expect(texts()).toEqual([expect.stringContaining('Deployed JAWS Site 2.5.4')]);
    expect(slack.record.all()).toHaveLength(1);
  });

  test('a message that somebody deleted', async () => {
    const state = await deployed();
    await passUntil(() => texts().length === 1);
    const [first] = slack.messages('#jaws-aws');
    if (first !== undefined) await slack.remove(first);
    expect(texts()).toEqual([]);
    jobs.push(succeeded(state));
    await passUntil(ended);
    expect(texts()).toEqual([expect.stringContaining('Deployed JAWS Site 2.5.4')]);
  });

  test('an hour without Slack, and runs go on meanwhile', async () => {
    const first = await deployed();
    await passUntil(() => texts().length === 1);
    slack.faults.plan('*', { kind: 'cut' }, Number.POSITIVE_INFINITY);
    const second = await deployed('dev tahoma');
    jobs.push(runningIn('stage', first));
    jobs.push(failedIn('stage', 'no space left', second));
    jobs.push(succeeded(first));
    const until = clock.now() + HOUR;
    await passUntil(() => clock.now() >= until, 60_000);
    expect(jobs.submitted).toHaveLength(2);
    slack.faults.clear();
    await passUntil(() => ended('d-1') && ended('d-2'));
    expect(texts()).toEqual([expect.stringContaining('Deployed JAWS Site 2.5.4')]);
    expect(texts('#emsl-jgi-coordination')).toEqual([expect.stringContaining('no space left')]);
    expect(slack.direct('alice')).toEqual([]);
  });

  test('a token that was revoked and given anew with a restart', async () => {
    const state = await deployed();
    await passUntil(() => texts().length === 1);
    slack.faults.plan('*', { kind: 'error', error: 'token_revoked' }, Number.POSITIVE_INFINITY);
    await expect(app.checkSlack()).rejects.toMatchObject({ code: 'slack.api' });
    jobs.push(succeeded(state));
    const tried = slack.faults.calls('chat.update');
    await passUntil(() => slack.faults.calls('chat.update') > tried);
    await app.stop();
    slack.faults.clear();
    await startApp();
    await passUntil(ended);
    expect(texts()).toEqual([expect.stringContaining('Deployed JAWS Site 2.5.4')]);
  });
});

describe('the end of a run goes to who asked for it, once, when', () => {
  test.each([
    ['the channel was archived', 'is_archived'],
    ['the bot was removed from a private channel', 'channel_not_found'],
    ['the bot was removed from a channel', 'not_in_channel'],
  ])('%s meanwhile', async (_, error) => {
    const state = await deployed();
    await passUntil(() => texts().length === 1);
    slack.faults.close(slack.channels['jaws-aws'] ?? '', error);
    jobs.push(runningIn('stage', state));
    const tried = slack.faults.calls('chat.update');
    await passUntil(() => slack.faults.calls('chat.update') > tried);
    expect(slack.direct('alice')).toEqual([]);
    jobs.push(succeeded(state));
    await passUntil(ended);
    const [direct, ...more] = slack.direct('alice').map(({ text }) => text);
    expect(more).toEqual([]);
    expect(direct).toContain('Deployed JAWS Site 2.5.4');
    expect(direct).toContain(`#jaws-aws cannot be written to (${error})`);
  });

  test('the channel was never there for the bot, and the answer to the direct message is lost', async () => {
    slack.faults.close(slack.channels['jaws-aws'] ?? '', 'channel_not_found');
    const state = await deployed();
    const tried = slack.faults.calls('chat.postMessage');
    slack.faults.plan('conversations.open', { kind: 'status', status: 503 });
    jobs.push(failedIn('stage', 'no space left', state));
    await passUntil(() => slack.faults.calls('conversations.open') > 0);
    slack.faults.plan('chat.postMessage', { kind: 'lost' }, 2);
    await passUntil(ended);
    expect(slack.faults.calls('chat.postMessage')).toBeGreaterThan(tried);
    expect(slack.direct('alice').map(({ text }) => text)).toEqual([expect.stringContaining('no space left')]);
  });

  test('people delete its message again and again', async () => {
    const state = await deployed();
    await passUntil(() => texts().length === 1);
    let latest = state;
    for (const step of ['stage', 'stop', 'environment'] as const) {
      for (const message of slack.messages('#jaws-aws')) await slack.remove(message);
      latest = runningIn(step, { ...state, seq: latest.seq });
      const tried = slack.faults.calls('chat.update');
      jobs.push(latest);
      await passUntil(() => slack.faults.calls('chat.update') > tried);
    }
    jobs.push(succeeded(latest));
    await passUntil(ended);
    const said = [...slack.direct('alice'), ...slack.messages('#jaws-aws')].map(({ text }) => text);
    expect(said.filter((text) => text.includes('Deployed JAWS Site 2.5.4'))).toHaveLength(1);
  });
});

describe('what comes twice or in another order changes nothing:', () => {
  test('a command that Slack delivers three times', async () => {
    const delivered = await slack.command({ text: 'deploy dev aws', user: 'alice' });
    await delivered.first;
    await Promise.all([1, 2].map(() => deliver(`${botUrl}/slack/events`, delivered.request)));
    const next = await slack.command({ text: 'jobs', user: 'alice' });
    await next.first;
    expect(jobs.submitted).toHaveLength(1);
    expect(delivered.replies).toHaveLength(1);
  });

  test('a click that Slack delivers twice', async () => {
    const said = await app.post({
      id: 'n-1',
      site: 'aws',
      topic: 'leftDown',
      since: Date.now(),
      report: { title: 'aws is back' },
      choices: [
        {
          label: 'Start',
          line: 'start dev aws',
          command: 'start',
          input: { deployment: 'dev', site: 'aws' },
        },
      ],
    });
    expect(said).toBe(true);
    const [message] = slack.messages('#jaws-aws');
    if (message === undefined) throw new Error('the notice is not there');
    const click = await slack.click(message, 'Start', 'alice');
    await click.first;
    const again = await deliver(`${botUrl}/slack/events`, click.request);
    expect(again.status).toBe(200);
    const next = await slack.command({ text: 'jobs', user: 'alice' });
    await next.first;
    expect(jobs.submitted).toHaveLength(1);
  });

  test('snapshots of a run', async () => {
    const state = await deployed();
    const end = succeeded(state);
    jobs.push(end);
    jobs.push(runningIn('stage', state));
    jobs.push(end);
    await passUntil(() => texts()[0]?.includes('Deployed'));
    jobs.push(state);
    await clock.pass(10_000);
    expect(texts()).toEqual([expect.stringContaining('Deployed JAWS Site 2.5.4')]);
  });
});

describe('a text that is longer than a message', () => {
  const log = Array.from({ length: 3_000 }, (_, i) => `line ${i} of the log`).join('\n');

  test('is shown by its end and sent as a file to the caller alone', async () => {
    jobs.reports = async () => ({ title: 'rpc-server of dev at aws', text: log, cutFrom: 'start' });
    const delivered = await slack.command({ text: 'logs dev aws rpc-server', user: 'alice' });
    expect(JSON.stringify((await delivered.first).blocks)).toContain('line 2999 of the log');
    await expect.poll(() => slack.direct('alice')).toMatchObject([{ file: 'rpc-server-of-dev-at-aws.txt' }]);
    expect(slack.record.transcript().some((body) => body.includes('line 0 of the log'))).toBe(true);
    expect(slack.messages('#jaws-aws')).toEqual([]);
  });

  test('is said to be cut when the file cannot be sent', async () => {
    jobs.reports = async () => ({ title: 'rpc-server of dev at aws', text: log, cutFrom: 'start' });
    slack.faults.plan('files.getUploadURLExternal', { kind: 'error', error: 'missing_scope' });
    const delivered = await slack.command({ text: 'logs dev aws rpc-server', user: 'alice' });
    await expect
      .poll(() => delivered.replies.map(({ text }) => text).join('\n'))
      .toMatch(/could not be sent as a file: missing_scope[\s\S]*jaws-ops/);
  });
});
