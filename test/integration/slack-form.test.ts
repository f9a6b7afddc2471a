import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createFeed, type Feed } from '../../src/board/feed.ts';
import type { Report } from '../../src/core/look.ts';
import { Secret } from '../../src/core/secret.ts';
import { createMemoryOnce } from '../../src/queue/once.ts';
import { type SlackEmulator, startSlack } from '../../src/sandbox/slack/emulator.ts';
import { inputsOf } from '../../src/sandbox/slack/inputs.ts';
import type { Person } from '../../src/sandbox/slack/person.ts';
import { createSlackApp, type SlackApp } from '../../src/slack/app.ts';
import { systemClock } from '../../src/slack/clock.ts';
import { directory } from '../fixtures/directory.ts';
import { FakeJobs } from '../fixtures/jobs.ts';
import { PATIENCE_MS } from '../fixtures/patient.ts';
import { targetStatus } from '../fixtures/runs.ts';

let slack: SlackEmulator;
let jobs: FakeJobs;
let app: SlackApp;
let alice: Person;
let feed: Feed;

beforeEach(async () => {
  slack = await startSlack({
    users: ['alice', 'rita', 'sam'],
    channels: directory.sites.map((site) => directory.channel(site)),
    triggerMs: PATIENCE_MS,
  });
  jobs = new FakeJobs();
  jobs.now = Date.now();
  feed = createFeed({
    jobs,
    sites: directory.sites,
    now: Date.now,
    elapsed: systemClock.elapsed,
    after: systemClock.after,
  });
  jobs.reports = async ({ look, words }) =>
    look === 'plan'
      ? { title: `Plan of ${words['version'] ?? 'the configured version'}`, text: '1. Check\n2. Stage' }
      : { title: '1 of 9 files differs', text: '--- a\n+++ b\n-old\n+new' };
  app = createSlackApp({
    token: new Secret('SLACK_BOT_TOKEN', slack.botToken),
    signingSecret: new Secret('SLACK_SIGNING_SECRET', slack.signingSecret),
    apiUrl: slack.apiUrl,
    port: 0,
    host: '127.0.0.1',
    jobs,
    directory: {
      ...directory,
      may: ({ id, name }, right, _site, deployment) =>
        id === slack.users['alice'] || (name === 'rita' && (right === 'read' || deployment === 'dev')),
    },
    board: feed,
    once: createMemoryOnce(Date.now),
    logger: pino({ level: 'silent' }),
  });
  slack.connect(`http://127.0.0.1:${await app.start()}`);
  alice = slack.person('alice');
});

afterEach(async () => {
  feed.close();
  await app.stop();
  await slack.close();
});

const shown = (person: Person) => JSON.stringify(person.modal.blocks);
const labels = (person: Person) => inputsOf(person.modal).map(({ label }) => label.text);

async function opened(person: Person, channel = '#jaws-aws'): Promise<void> {
  await slack.command({ text: '', user: person.name, channel });
  await expect.poll(() => slack.views.modal(person.id)?.title).toBe('JAWS');
}

async function planned(person: Person, text = 'Plan of'): Promise<void> {
  await expect.poll(() => shown(person)).toContain(text);
}

/** Chooses a deploy of dev at aws and waits for its plan. */
async function filled(): Promise<void> {
  await opened(alice);
  await alice.choose('Site', 'aws');
  await alice.choose('Deployment', 'dev');
  await planned(alice);
}

describe('a form filled in', () => {
  test('shows plan and diff, then queues exactly what the command would', async () => {
    await filled();
    expect(shown(alice)).toContain('1 of 9 files differs');
    await alice.type('Reason', 'a <new> & fine one');
    expect(await alice.submit()).toMatchObject({ status: 200 });
    await expect.poll(() => jobs.submitted).toHaveLength(1);
    expect(jobs.submitted[0]).toEqual({
      kind: 'action',
      action: 'deploy',
      site: 'aws',
      deployment: 'dev',
      dryRun: false,
      reason: 'a <new> & fine one',
    });
    expect(slack.views.modal(alice.id)).toBeUndefined();
    await expect.poll(() => slack.messages('#jaws-aws')).toHaveLength(1);
  });

  test('is not carried out before its own plan was seen', async () => {
    await filled();
    await alice.type('Version', '2.6.0');
    await alice.submit();
    await planned(alice, 'Plan of 2.6.0');
    expect(jobs.submitted).toEqual([]);
    await alice.submit();
    await expect.poll(() => jobs.submitted).toMatchObject([{ version: '2.6.0' }]);
  });

  test('offers the versions that are on record, and takes another one', async () => {
    jobs.intentions = [{ site: 'aws', deployment: 'prod', version: '2.5.4', wanted: 'up', except: [] }];
    await filled();
    await alice.choose('Version', '2.5.4');
    await planned(alice, 'Plan of 2.5.4');
    await alice.choose('Version', 'another one …');
    await expect.poll(() => labels(alice)).toContain('Another version');
    await alice.type('Another version', '2.7.0', true);
    await planned(alice, 'Plan of 2.7.0');
    await alice.submit();
    await expect.poll(() => jobs.submitted).toMatchObject([{ version: '2.7.0' }]);
  });

  test('keeps the site when another action is chosen, and asks for no plan of a question', async () => {
    await filled();
    const asked = jobs.looks.length;
    await alice.choose('Action', 'status');
    await expect.poll(() => labels(alice)).toEqual(['Action', 'Site', 'Deployment']);
    expect(jobs.looks).toHaveLength(asked);
    await alice.submit();
    await expect.poll(() => slack.record.transcript().join('\n')).toContain('chat.postEphemeral');
  });

  test('says before the button that a second person has to approve it', async () => {
    await filled();
    expect(alice.modal.submit).toBe('Deploy');
    await alice.choose('Deployment', 'prod');
    await planned(alice, 'A second person has to approve this deploy');
    expect(alice.modal.submit).toBe('Ask for approval');
  });

  test('shows the plan of what was chosen last, however late the answer to what was chosen before', async () => {
    const answers: ((report: Report) => void)[] = [];
    jobs.reports = ({ look }) =>
      look === 'plan'
        ? new Promise((resolve) => answers.push(resolve))
        : Promise.resolve({ title: 'nothing differs' });
    await opened(alice);
    await alice.choose('Site', 'aws');
    await Promise.all([alice.choose('Deployment', 'dev'), alice.choose('Deployment', 'staging')]);
    await expect.poll(() => answers.length).toBeGreaterThan(0);
    await alice.choose('Deployment', 'prod');
    await expect.poll(() => jobs.looks.filter(({ deployment }) => deployment === 'prod')).toHaveLength(2);
    const [last, ...before] = answers.splice(0).reverse();
    last?.({ title: 'The plan of prod' });
    await planned(alice, 'The plan of prod');
    for (const late of before) late({ title: 'The plan of another' });
    await alice.choose('Site', 'jgi');
    await planned(alice, 'Asking jgi');
    expect(slack.record.transcript().join('')).not.toContain('The+plan+of+another');
  });

  test('shows the rarer options on demand', async () => {
    await opened(alice);
    expect(labels(alice)).not.toContain('Launch tool');
    await alice.press('More options');
    await expect.poll(() => labels(alice)).toContain('Launch tool');
  });
});

describe('what is wrong', () => {
  test('is told at its field and loses nothing', async () => {
    await filled();
    await alice.type('Version', 'latest');
    await alice.submit();
    expect(Object.values(alice.modal.errors).join()).toContain('which names an environment');
    await alice.type('Version', '');
    await alice.submit();
    await expect.poll(() => jobs.submitted).toHaveLength(1);
  });

  test('is told at the place when another job holds the target', async () => {
    await jobs.submit(
      { kind: 'action', action: 'restart', site: 'aws', deployment: 'dev', dryRun: false },
      { id: 'U0BOB', name: 'bob', via: 'slack' },
    );
    await filled();
    await alice.submit();
    expect(Object.keys(alice.modal.errors).join()).toMatch(/^deployment-|^site-/);
    expect(Object.values(alice.modal.errors).join()).toContain('bob has job d-1');
  });

  test('of the site is shown in place of the plan', async () => {
    jobs.reports = async () => {
      throw new Error('the worker has gone');
    };
    await opened(alice);
    await alice.choose('Site', 'aws');
    await alice.choose('Deployment', 'dev');
    await planned(alice, 'There is no preview of deploy');
  });
});

describe('rights', () => {
  test('decide what is offered', async () => {
    const rita = slack.person('rita');
    await opened(rita);
    await rita.choose('Site', 'aws');
    const deployments = inputsOf(rita.modal).find(({ label }) => label.text === 'Deployment');
    expect(deployments?.element.options?.map(({ value }) => value)).toEqual(['dev']);
  });

  test('of nobody open nothing but the help', async () => {
    const delivered = await slack.command({ text: '', user: 'sam' });
    expect((await delivered.first).text).toContain('help');
    expect(slack.views.modal(slack.person('sam').id)).toBeUndefined();
  });
});

test('a form that cannot be opened is answered with the help', async () => {
  slack.faults.plan('views.open', { kind: 'error', error: 'expired_trigger_id' });
  const delivered = await slack.command({ text: ' ', user: 'alice' });
  expect((await delivered.first).text).toContain('deploy DEPLOYMENT SITE');
});

test('the Home tab shows the board and opens the form', async () => {
  jobs.statuses = async ({ site }) => [{ ...targetStatus('running'), site }];
  await alice.openHome();
  const home = () => JSON.stringify(slack.views.home(alice.id)?.blocks ?? []);
  await expect.poll(home).toContain('*perlmutter*');
  await expect.poll(home).toContain('🟢 dev');
  await alice.press('New command …', 'home');
  await expect.poll(() => slack.views.modal(alice.id)?.title).toBe('JAWS');
});
