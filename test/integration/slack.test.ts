import { readFile } from 'node:fs/promises';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { createMemoryOnce, type Once } from '../../src/queue/once.ts';
import { type SlackEmulator, startSlack } from '../../src/sandbox/slack/emulator.ts';
import type { SentMessage } from '../../src/sandbox/slack/record.ts';
import { BOT_SCOPES } from '../../src/sandbox/slack/scopes.ts';
import { deliver, signed } from '../../src/sandbox/slack/ways.ts';
import { createSlackApp, type SlackApp } from '../../src/slack/app.ts';
import { createGroups } from '../../src/slack/groups.ts';
import { directory } from '../fixtures/directory.ts';
import { FakeJobs } from '../fixtures/jobs.ts';
import { failedIn, queued, runningIn, succeeded, targetStatus } from '../fixtures/runs.ts';

let slack: SlackEmulator;
let jobs: FakeJobs;
let app: SlackApp;
let botUrl: string;
let once: Once;

async function startApp(): Promise<void> {
  app = createSlackApp({
    token: new Secret('SLACK_BOT_TOKEN', slack.botToken),
    signingSecret: new Secret('SLACK_SIGNING_SECRET', slack.signingSecret),
    apiUrl: slack.apiUrl,
    port: 0,
    host: '127.0.0.1',
    jobs,
    directory: { ...directory, may: (caller, right) => caller.name === 'alice' || right === 'read' },
    once,
    logger: pino({ level: 'silent' }),
    routes: [
      (request, response) => {
        if (request.url !== '/healthz') return false;
        response.writeHead(200).end('ok');
        return true;
      },
    ],
  });
  botUrl = `http://127.0.0.1:${await app.start()}`;
  slack.connect(botUrl);
}

beforeEach(async () => {
  slack = await startSlack({
    users: ['alice', 'rita'],
    channels: directory.sites.map((site) => directory.channel(site)),
    groups: { S0OPS: ['alice'] },
  });
  once = createMemoryOnce(Date.now);
  jobs = new FakeJobs();
  jobs.now = Date.now();
  await startApp();
});

afterEach(async () => {
  await app.stop();
  await slack.close();
});

/** The message of a channel as soon as it satisfies a condition. */
function message(channel: string, wanted: (message: SentMessage) => boolean): Promise<SentMessage> {
  return new Promise((resolve) => {
    const look = () => {
      const found = slack.messages(channel).find(wanted);
      if (found === undefined) return;
      stop();
      resolve(found);
    };
    const stop = slack.onMessage(look);
    look();
  });
}

describe('a signed command', () => {
  test('is acknowledged, answered to the caller, and its run shown and followed in the channel of the site', async () => {
    const delivered = await slack.command({ text: 'deploy dev aws', user: 'alice', channel: '#jaws-tahoma' });
    expect(delivered).toMatchObject({ status: 200, body: '' });
    expect((await delivered.first).text).toContain('waits for a worker');
    await message('#jaws-aws', ({ text }) => text.includes('waits for a worker'));
    const { state } = jobs.jobs.get('d-1') ?? { state: queued() };
    jobs.push(runningIn('stage', state));
    jobs.push(succeeded(state));
    const end = await message('#jaws-aws', ({ text }) => text.includes('Deployed JAWS Site 2.5.4'));
    expect(end.edits).toBeGreaterThanOrEqual(1);
    expect(end.metadata).toEqual({ event_type: 'jaws_run', event_payload: { job_id: 'd-1' } });
    expect(slack.messages('#jaws-aws')).toHaveLength(1);
  });

  test('gets one clear answer to a mistake', async () => {
    const delivered = await slack.command({ text: 'deploy dev awz', user: 'alice' });
    expect((await delivered.first).text).toContain('did you mean aws?');
    expect(jobs.submitted).toEqual([]);
    expect(slack.faults.calls('chat.postMessage')).toBe(0);
  });

  test('shows a status table to the caller', async () => {
    jobs.statuses = async ({ site }) => [{ ...targetStatus('supervisor-down'), site }];
    const delivered = await slack.command({ text: 'status', user: 'rita' });
    expect((await delivered.first).text).toContain('supervisord down');
  });

  test('that is typed with the characters Slack escapes is understood', async () => {
    const delivered = await slack.command({
      text: 'deploy dev aws --reason “a &amp; b &lt;c&gt;”',
      user: 'alice',
    });
    await delivered.first;
    expect(jobs.submitted[0]?.reason).toBe('a & b <c>');
  });
});

describe('a request that must not be run', () => {
  const body = () =>
    new URLSearchParams({
      command: '/jaws',
      text: 'deploy dev aws',
      trigger_id: 'x',
      user_id: 'U1',
    }).toString();
  const nowSec = () => Math.floor(Date.now() / 1000);

  test.each<[string, (secret: string) => { body: string; headers: Record<string, string> }]>([
    ['unsigned', () => ({ body: body(), headers: { 'content-type': 'application/x-www-form-urlencoded' } })],
    [
      'signed with another secret',
      () => ({
        ...signed(body(), 'wrong', nowSec()),
        headers: { ...signed(body(), 'wrong', nowSec()).headers },
      }),
    ],
    [
      'six minutes old',
      (secret) => ({
        ...signed(body(), secret, nowSec() - 360),
        headers: { ...signed(body(), secret, nowSec() - 360).headers },
      }),
    ],
    [
      'two minutes ahead',
      (secret) => ({
        ...signed(body(), secret, nowSec() + 120),
        headers: { ...signed(body(), secret, nowSec() + 120).headers },
      }),
    ],
    [
      'changed after signing',
      (secret) => ({ body: `${body()}&x=1`, headers: { ...signed(body(), secret, nowSec()).headers } }),
    ],
    [
      'an unsigned ssl_check',
      () => ({ body: 'ssl_check=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
    ],
  ])('%s is refused with 401', async (_, make) => {
    const response = await deliver(`${botUrl}/slack/events`, make(slack.signingSecret));
    expect(response.status).toBe(401);
    expect(jobs.submitted).toEqual([]);
  });

  test('the same request again is dropped', async () => {
    const delivered = await slack.command({ text: 'deploy dev aws', user: 'alice' });
    await delivered.first;
    const again = await deliver(`${botUrl}/slack/events`, delivered.request);
    expect(again.status).toBe(200);
    expect(await again.text()).toContain('came twice');
    expect(jobs.submitted).toHaveLength(1);
    expect(delivered.replies).toHaveLength(1);
  });

  test('the same request to a bot that was started since is acknowledged, and does nothing', async () => {
    const delivered = await slack.command({ text: 'deploy dev aws', user: 'alice' });
    await delivered.first;
    await app.stop();
    await startApp();
    const again = await deliver(`${botUrl}/slack/events`, delivered.request);
    expect(again.status).toBe(200);
    const next = await slack.command({ text: 'jobs', user: 'alice' });
    await next.first;
    expect(jobs.submitted).toHaveLength(1);
    expect(delivered.replies).toHaveLength(1);
  });

  test('a command is acknowledged while the store gives no answer', async () => {
    const silent: Once = { first: () => new Promise(() => undefined) };
    await app.stop();
    once = silent;
    await startApp();
    const delivered = await slack.command({ text: 'help', user: 'alice' });
    expect(delivered.status).toBe(200);
  });

  test('the same trigger in a new request is dropped', async () => {
    const delivered = await slack.command({ text: 'deploy dev aws', user: 'alice' });
    await delivered.first;
    const again = signed(delivered.request.body, slack.signingSecret, nowSec() - 5);
    expect((await deliver(`${botUrl}/slack/events`, again)).status).toBe(200);
    const next = await slack.command({ text: 'jobs', user: 'alice' });
    await next.first;
    expect(jobs.submitted).toHaveLength(1);
  });

  test('other paths are not found, routes are served', async () => {
    expect((await fetch(`${botUrl}/other`)).status).toBe(404);
    expect(await (await fetch(`${botUrl}/healthz`)).text()).toBe('ok');
  });

  test('a body without end is cut off', async () => {
    const huge = signed('x'.repeat(2 * 1024 * 1024), slack.signingSecret, nowSec());
    const status = await deliver(`${botUrl}/slack/events`, huge).then(
      (response) => response.status,
      () => 413,
    );
    expect(status).toBe(413);
  });
});

test('twenty commands at once are acknowledged in time while the queue gives no answer', async () => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const submit = jobs.submit.bind(jobs);
  jobs.submit = async (request, caller) => {
    await held;
    return submit(request, caller);
  };
  const targets = directory.sites
    .flatMap((site) => directory.deployments.map((d) => `${d} ${site}`))
    .slice(0, 20);
  const delivered = await Promise.all(
    targets.map((target) => slack.command({ text: `deploy ${target}`, user: 'alice' })),
  );
  expect(jobs.submitted).toEqual([]);
  expect(delivered.map(({ status }) => status)).toEqual(targets.map(() => 200));
  release();
  await Promise.all(delivered.map(({ first }) => first));
  expect(jobs.submitted).toHaveLength(20);
});

describe('trouble in Slack', () => {
  test('an answer that is lost after posting leads to no second message', async () => {
    slack.faults.plan('chat.postMessage', { kind: 'lost' });
    const state = queued('d-7');
    jobs.jobs.set('d-7', { state: { ...state, queuedAt: Date.now() } });
    await app.reporter.show({ ...state, queuedAt: Date.now() });
    expect(slack.messages('#jaws-aws')).toHaveLength(1);
    expect(slack.faults.calls('chat.postMessage')).toBe(1);
  });

  test('a rate limit is waited for', async () => {
    slack.faults.plan('chat.postMessage', { kind: 'rate-limited', retryAfterSec: 1 });
    const begun = performance.now();
    await app.reporter.show(queued('d-7'));
    expect(performance.now() - begun).toBeGreaterThan(990);
    expect(slack.messages('#jaws-aws')).toHaveLength(1);
  });

  test('a workspace without plan blocks gets sections', async () => {
    slack.unsupported.add('plan').add('table');
    jobs.push(runningIn('stage', queued('d-7')));
    const { blocks } = await message('#jaws-aws', () => true);
    expect(JSON.stringify(blocks)).toContain('*Stage* – running');
  });

  test('a channel that does not exist is told to the caller', async () => {
    await app.stop();
    await slack.close();
    slack = await startSlack({ users: ['alice'], channels: ['general'] });
    await startApp();
    const delivered = await slack.command({ text: 'deploy dev aws', user: 'alice' });
    await expect.poll(() => delivered.replies.map(({ text }) => text).join()).toContain('channel_not_found');
    expect(jobs.submitted).toHaveLength(1);
  });
});

test('a bot that is started again goes on with the same message, and sends output once', async () => {
  jobs.outputs.set('d-1/stage', 'collecting\nerror: no space left\n');
  const delivered = await slack.command({ text: 'deploy dev aws', user: 'alice' });
  await delivered.first;
  await expect.poll(() => jobs.jobs.get('d-1')?.message).toBeDefined();
  await app.stop();
  const { state } = jobs.jobs.get('d-1') ?? { state: queued() };
  jobs.push(failedIn('stage', 'no space left', state));
  await startApp();
  const end = await message('#jaws-aws', ({ text }) => text.includes('no space left'));
  await expect.poll(() => slack.thread(end).map(({ text }) => text)).toHaveLength(1);
  expect(slack.thread(end)[0]?.text).toMatch(/^Output of Stage, job d-1\n```\ncollecting/);
  await app.stop();
  await startApp();
  const help = await slack.command({ text: 'help', user: 'alice' });
  await help.first;
  expect(slack.messages('#jaws-aws')).toHaveLength(1);
  expect(slack.thread(end)).toHaveLength(1);
});

test('long output of a failed step arrives as a file in the thread', async () => {
  jobs.outputs.set('d-7/stage', 'a line of output\n'.repeat(5_000));
  jobs.push(failedIn('stage', 'it failed', queued('d-7')));
  const end = await message('#jaws-aws', () => true);
  await expect.poll(() => slack.thread(end)).toMatchObject([{ file: 'd-7-stage.txt' }]);
});

test('members of a user group are known by it, and a workspace without groups has none', async () => {
  const logger = pino({ level: 'silent' });
  const groups = createGroups(app.clients.interactive, () => ['S0OPS', 'S0NONE'], logger);
  await groups.refresh();
  expect(groups.of(slack.users['alice'] ?? '')).toEqual(['S0OPS']);
  expect(groups.of(slack.users['rita'] ?? '')).toEqual([]);
  await groups.refresh();
  expect(slack.faults.calls('usergroups.users.list')).toBe(2);
});

test('the token of the sandbox has exactly the scopes of the manifest', async () => {
  const manifest: { oauth_config: { scopes: { bot: string[] } } } = JSON.parse(
    await readFile(new URL('../../manifest.json', import.meta.url), 'utf8'),
  );
  expect(manifest.oauth_config.scopes.bot).toEqual([...BOT_SCOPES]);
  await app.checkSlack();
});
