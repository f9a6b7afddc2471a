import { beforeEach, describe, expect, test } from 'vitest';
import type { Reply } from '../../src/commands/command.ts';
import { answer } from '../../src/commands/parse.ts';
import type { Caller } from '../../src/core/request.ts';
import { alice, directory, reader } from '../fixtures/directory.ts';
import { FakeJobs } from '../fixtures/jobs.ts';
import { T0 } from '../fixtures/runs.ts';

const bob: Caller = { id: 'U0BOB', name: 'bob', via: 'slack' };
const HOUR = 3600_000;

let jobs: FakeJobs;
const say = (caller: Caller, line: string): Promise<Reply> =>
  answer(line, {
    caller,
    jobs,
    directory: { ...directory, may: (who, right) => who.id !== reader.id || right === 'read' },
    now: () => jobs.now,
  });

beforeEach(() => {
  jobs = new FakeJobs();
  jobs.now = T0;
});

describe('a lock', () => {
  test('keeps everybody but its owner from changing the target, and tells who, why and until when', async () => {
    expect(await say(alice, 'lock prod aws "database move" for 2h')).toMatchObject({ kind: 'text' });
    const refused = await say(bob, 'deploy prod aws');
    expect(refused).toMatchObject({
      kind: 'problem',
      problem: {
        code: 'refused.lock',
        message: 'prod at aws is locked by alice until Sun 2026-11-22 06:00 PST: database move',
      },
      choices: [{ label: 'Tell me when it is free', command: 'lock' }],
    });
    expect(jobs.submitted).toEqual([]);
    expect(await say(bob, 'deploy dev aws')).toMatchObject({ kind: 'run' });
    expect(await say(bob, 'deploy prod dori')).toMatchObject({ kind: 'run' });
    expect(await say(bob, 'deploy prod aws --dry-run')).toMatchObject({ kind: 'run' });
    jobs = Object.assign(new FakeJobs(), { now: T0, locks: jobs.locks });
    expect(await say(alice, 'deploy prod aws')).toMatchObject({ kind: 'run' });
  });

  test('ends by itself, after 8 hours when nothing else was said', async () => {
    await say(alice, 'lock prod aws "database move"');
    jobs.now = T0 + 8 * HOUR - 1;
    expect(await say(bob, 'stop prod aws')).toMatchObject({ problem: { code: 'refused.lock' } });
    jobs.now = T0 + 8 * HOUR;
    expect(await say(bob, 'stop prod aws')).toMatchObject({ kind: 'run' });
  });

  test('is on a site as a whole, or on everything', async () => {
    await say(alice, 'lock aws "new nodes" --for 1d');
    expect(await say(bob, 'restart staging aws')).toMatchObject({ problem: { code: 'refused.lock' } });
    expect(await say(bob, 'restart staging jgi')).toMatchObject({ kind: 'run' });
    await say(alice, 'lock all "power"');
    expect(await say(bob, 'restart dev jgi')).toMatchObject({ problem: { code: 'refused.lock' } });
  });

  test('of somebody else is taken or ended only in so many words, and the channel is told', async () => {
    await say(alice, 'lock prod aws "database move"');
    expect(await say(bob, 'lock prod aws "mine"')).toMatchObject({ problem: { code: 'refused.lock' } });
    expect(await say(bob, 'unlock prod aws')).toMatchObject({ problem: { code: 'refused.lock' } });
    expect(jobs.locks.allNews).toEqual([]);
    expect(await say(bob, 'lock prod aws "mine" --take')).toMatchObject({ kind: 'text' });
    expect(await say(alice, 'unlock prod aws "bob is on leave" --take')).toMatchObject({ kind: 'text' });
    expect(jobs.locks.allNews.map(({ kind, by }) => [kind, by.name])).toEqual([
      ['taken', 'bob'],
      ['ended', 'alice'],
    ]);
    expect(await jobs.locks.list()).toEqual([]);
  });

  test('is put and ended by who may operate there, and listed for who may read', async () => {
    expect(await say(reader, 'lock prod aws "mine"')).toMatchObject({
      problem: { code: 'refused.permission' },
    });
    await say(alice, 'lock prod aws "database move"');
    expect(await say(reader, 'unlock prod aws --take')).toMatchObject({
      problem: { code: 'refused.permission' },
    });
    expect(await say(reader, 'lock')).toMatchObject({ report: { title: 'Locks: 1' } });
    expect(await say(reader, 'lock prod aws --tell-me')).toMatchObject({ kind: 'text' });
    expect(jobs.locks.allWishes).toHaveLength(1);
  });

  test.each(['0h', '31d', '2 weeks', 'soon'])('for %s is no lock', async (span) => {
    expect(await say(alice, `lock prod aws "why" --for "${span}"`)).toMatchObject({
      problem: { code: 'usage.flag' },
    });
    expect(await jobs.locks.list()).toEqual([]);
  });

  test('that is not there is not ended', async () => {
    expect(await say(alice, 'unlock prod aws')).toMatchObject({ problem: { code: 'usage.argument' } });
  });
});

describe('a freeze of the policy', () => {
  const freeze = {
    reason: 'end of the year',
    actions: ['deploy'],
    timezone: 'UTC',
    between: { start: '2026-12-19 00:00', end: '2027-01-04 08:00' },
  } as const;
  const during = (line: string) =>
    answer(line, { caller: alice, jobs, directory: { ...directory, frozen: () => freeze }, now: () => T0 });

  test('refuses, and asks why it should be done all the same', async () => {
    expect(await during('deploy prod aws')).toMatchObject({
      kind: 'problem',
      problem: {
        code: 'refused.freeze',
        message: expect.stringContaining('end of the year'),
        next: expect.stringContaining('--during-freeze'),
      },
    });
    expect(await during('deploy prod aws --during-freeze')).toMatchObject({
      problem: { code: 'usage.flag' },
    });
    expect(await during('deploy prod aws --during-freeze "hotfix"')).toMatchObject({ kind: 'run' });
    expect(jobs.submitted).toMatchObject([{ duringFreeze: 'hotfix' }]);
    expect(jobs.entries.at(-1)?.details).toContain('duringFreeze hotfix');
  });
});
