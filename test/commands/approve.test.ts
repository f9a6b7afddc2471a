import { beforeEach, describe, expect, test } from 'vitest';
import { answer } from '../../src/commands/parse.ts';
import { runChoices } from '../../src/commands/run-choices.ts';
import { OpsError } from '../../src/core/errors.ts';
import type { Caller } from '../../src/core/request.ts';
import { alice, directory, reader } from '../fixtures/directory.ts';
import { FakeJobs } from '../fixtures/jobs.ts';
import { fold, queued, runningIn, T0 } from '../fixtures/runs.ts';

const HASH = 'f'.repeat(64);
const bob: Caller = { id: 'U0BOB', name: 'bob', via: 'slack' };
const carol: Caller = { id: 'U0CAROL', name: 'carol', via: 'slack' };

let jobs: FakeJobs;
const say = (caller: Caller, line: string) =>
  answer(line, {
    caller,
    jobs,
    directory: { ...directory, may: (who, right) => who.id !== reader.id || right === 'read' },
    now: () => jobs.now,
  });

const waiting = fold(runningIn('check', queued('d-1', { deployment: 'prod' })), {
  at: T0 + 2000,
  type: 'awaiting',
  approval: { hash: HASH, until: T0 + 3600_000, changes: ['changed: jaws.conf (+2 −1)'], changed: false },
});

beforeEach(() => {
  jobs = new FakeJobs();
  jobs.now = T0 + 5000;
  jobs.push(waiting);
});

describe('a run that waits for a second person', () => {
  test('is approved by somebody else', async () => {
    expect(await say(bob, 'approve d-1')).toMatchObject({ kind: 'text' });
    expect(jobs.decisions.get('d-1')).toEqual({ verdict: 'approved', by: bob, at: jobs.now });
  });

  test('is not approved by who asked for it', async () => {
    expect(await say(alice, 'approve d-1')).toMatchObject({
      kind: 'problem',
      problem: { code: 'refused.approval', message: expect.stringContaining('alice') },
    });
    expect(jobs.decisions.size).toBe(0);
  });

  test('is not approved without the right', async () => {
    expect(await say(reader, 'approve d-1')).toMatchObject({ problem: { code: 'refused.permission' } });
    expect(await say(reader, 'reject d-1')).toMatchObject({ problem: { code: 'refused.permission' } });
    expect(jobs.decisions.size).toBe(0);
  });

  test('is decided by the first; the second learns who that was', async () => {
    await say(bob, 'approve d-1');
    expect(await say(carol, 'reject d-1')).toMatchObject({
      problem: { code: 'refused.approval', message: 'job d-1: bob was first and has approved it' },
    });
    expect(jobs.decisions.get('d-1')?.verdict).toBe('approved');
  });

  test('is rejected with a reason, also by who asked for it', async () => {
    expect(await say(alice, 'reject d-1 --reason "not today"')).toMatchObject({ kind: 'text' });
    expect(jobs.decisions.get('d-1')).toMatchObject({ verdict: 'rejected', reason: 'not today' });
  });

  test('is approved for the plan that was read, and no other', async () => {
    expect(await say(bob, 'approve d-1 --plan 0123456789ab')).toMatchObject({
      problem: { code: 'refused.approval', message: expect.stringContaining('the plan has changed') },
    });
    expect(await say(bob, `approve d-1 --plan ${HASH.slice(0, 12)}`)).toMatchObject({ kind: 'text' });
  });

  test('is not approved when its time is over', async () => {
    jobs.now = T0 + 3600_000;
    expect(await say(bob, 'approve d-1')).toMatchObject({ problem: { code: 'refused.approval' } });
  });

  test('carries buttons that mean its plan', () => {
    expect(runChoices(waiting).map(({ command, input }) => [command, input])).toEqual([
      ['approve', { job: 'd-1', plan: HASH.slice(0, 12) }],
      ['reject', { job: 'd-1', plan: HASH.slice(0, 12) }],
    ]);
  });
});

test('a run that does not wait cannot be approved', async () => {
  jobs.push(runningIn('stage', queued('d-2')));
  expect(await say(bob, 'approve d-2')).toMatchObject({ problem: { code: 'refused.approval' } });
  expect(await say(bob, 'approve d-99')).toMatchObject({ problem: { code: 'job.unknown' } });
  expect(new OpsError('refused.approval', '').exitCode).toBe(3);
});

test.each([
  ['an operator', ['read', 'operate', 'deploy'], ['deploy', 'restart', 'lock'], ['approve', 'reject']],
  ['an approver', ['read', 'approve'], ['approve', 'reject', 'status'], ['deploy', 'restart', 'lock']],
  ['a stranger', [], ['help'], ['approve', 'reject', 'deploy', 'restart', 'lock', 'status', 'history']],
])('%s is offered what they may do, and nothing else', async (_who, rights, offered, hidden) => {
  const context = {
    caller: bob,
    jobs,
    directory: { ...directory, may: (_caller: Caller, right: string) => rights.includes(right) },
    now: () => jobs.now,
  };
  const help = await answer('help', context);
  const names = help.kind === 'help' ? help.entries.map(({ usage }) => usage.split(' ')[1]) : [];
  expect(names).toEqual(expect.arrayContaining(offered));
  expect(names.filter((name) => name !== undefined && hidden.includes(name))).toEqual([]);
  const slip = await answer('aprove d-1', context);
  const told = slip.kind === 'problem' ? slip.problem.message : '';
  expect(told.includes('did you mean approve')).toBe(offered.includes('approve'));
  for (const name of hidden) expect(told.split(/[ ,]+/)).not.toContain(name);
});
