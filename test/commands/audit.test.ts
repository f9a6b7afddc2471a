import { beforeEach, describe, expect, test } from 'vitest';
import { answer } from '../../src/commands/parse.ts';
import type { Caller } from '../../src/core/request.ts';
import { alice, directory, reader, stranger } from '../fixtures/directory.ts';
import { FakeJobs } from '../fixtures/jobs.ts';

let jobs: FakeJobs;
const say = (caller: Caller, line: string) => answer(line, { caller, jobs, directory, now: () => jobs.now });
const told = () =>
  jobs.entries.map(({ who, what, site, deployment, outcome }) =>
    [who.name, what, deployment, site, outcome].join(' '),
  );

beforeEach(() => {
  jobs = new FakeJobs();
});

test('what changes something is on record with who said it and what it led to', async () => {
  await say(alice, 'deploy dev aws 2.5.4 --reason "release"');
  await say(alice, 'stop dev aws');
  await say(alice, 'cancel d-1');
  await say(alice, 'lock prod jgi "move" for 2h');
  expect(told()).toEqual([
    'alice deploy dev aws queued',
    'alice stop dev aws refused: job d-1 of alice holds the target',
    'alice cancel dev aws Job d-1 is being cancelled: Deploy of JAWS Site 2.5.4 on dev at aws waits for a worker. Its message will tell when it has ended.',
    expect.stringMatching(/^alice lock prod jgi Locked: prod at jgi is locked by alice until /),
  ]);
  expect(jobs.entries[0]).toMatchObject({ details: 'version 2.5.4, reason release', at: jobs.now });
  expect(jobs.entries[2]?.jobId).toBe('d-1');
});

test('a refusal is on record, and a question or a slip of the pen is not', async () => {
  await say(reader, 'deploy dev aws');
  await say(reader, 'status aws');
  await say(reader, 'history');
  await say(alice, 'deploy dev nowhere');
  expect(told()).toEqual(['rita deploy dev aws refused: rita does not have the right "deploy" on aws-dev']);
});

test('the record is shown to who may read the targets', async () => {
  await say(alice, 'deploy dev aws');
  const reply = await say(reader, 'history --audit aws');
  expect(reply).toMatchObject({
    kind: 'report',
    report: {
      title: 'Audit of aws: the last 1',
      tables: [
        { rows: [[expect.any(String), 'alice (slack)', 'said', 'deploy', 'aws-dev', '–', 'queued', '–']] },
      ],
    },
  });
  expect(await say(stranger, 'history --audit')).toMatchObject({ problem: { code: 'refused.permission' } });
});

test('an action goes on when the record cannot be written', async () => {
  jobs = Object.assign(jobs, { audit: { ...jobs.audit, append: () => Promise.reject(new Error('away')) } });
  expect(await say(alice, 'deploy dev aws')).toMatchObject({ kind: 'run' });
});

describe('many entries', () => {
  const DAY = 86_400_000;
  beforeEach(() => {
    jobs.now = Date.UTC(2026, 10, 22, 12);
    for (let i = 0; i < 60; i += 1)
      jobs.entries.push({
        at: jobs.now - (59 - i) * DAY,
        who: alice,
        kind: 'said',
        what: `deploy ${i}`,
        site: i % 2 === 0 ? 'aws' : 'jgi',
        deployment: 'dev',
        outcome: 'queued',
      });
  });

  test('a table shows the last ones, says that there are more and how to get them', async () => {
    const reply = await say(alice, 'history --audit');
    if (reply.kind !== 'report') throw new Error(reply.kind);
    expect(reply.report.title).toBe('Audit of all sites: the last 40 of more');
    expect(reply.report.next).toContain('--json');
    expect(reply.report.tables?.[0]?.rows).toHaveLength(40);
  });

  test('as data all of them come, with readable instants', async () => {
    const reply = await say(alice, 'history --audit --json');
    expect(reply).toMatchObject({ kind: 'export', title: 'Audit of all sites: 60 entries' });
    if (reply.kind !== 'export') throw new Error(reply.kind);
    expect(reply.data).toMatchObject({ exportedAt: '2026-11-22T12:00:00.000Z' });
    expect(JSON.stringify(reply.data).match(/deploy \d+/g)).toHaveLength(60);
    expect(JSON.stringify(reply.data)).toContain('"at":"2026-11-22T12:00:00.000Z"');
  });

  test('nobody gets those of a target that they may not read', async () => {
    const narrow = { ...directory, may: (_: Caller, _right: string, site: string) => site === 'jgi' };
    const reply = await answer('history --audit --json', {
      caller: reader,
      jobs,
      directory: narrow,
      now: () => jobs.now,
    });
    expect(JSON.stringify(reply)).not.toContain('"site":"aws"');
    expect(reply).toMatchObject({ title: 'Audit of all sites: 30 entries' });
  });

  test.each([
    ['--since 10d', { since: '2026-11-12T12:00:00.000Z' }],
    ['--since 2026-11-01', { since: '2026-11-01T00:00:00.000Z' }],
    ['--until 2026-11-01', { until: '2026-11-02T00:00:00.000Z' }],
    ['--since "2026-11-01 06:30" aws', { since: '2026-11-01T14:30:00.000Z' }],
    ['--until 2026-10-31 aws', { until: '2026-11-01T07:00:00.000Z' }],
  ])('%s is the time meant', async (words, expected) => {
    expect(await say(alice, `history --audit --json ${words}`)).toMatchObject({ data: expected });
  });

  test.each(['--audit --since yesterday', '--audit --until 2026-13-01', '--since 3d'])(
    '%s is answered with what was expected',
    async (words) => {
      expect(await say(alice, `history ${words}`)).toMatchObject({
        problem: { code: expect.stringMatching(/^usage/) },
      });
    },
  );
});
