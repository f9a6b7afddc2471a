import { beforeEach, expect, test } from 'vitest';
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
