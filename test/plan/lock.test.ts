import { expect, test } from 'vitest';
import { isStale, lockFindings, lockJob } from '../../src/plan/lock.ts';

const OURS = 'job=20261122-120000-ab attempt=1 who=ada since=2026-11-22T12:00:00Z';

test.each([
  ['no lock', {}, 'unknown', 'ok', 'free'],
  ['its own', { lock: OURS.replace('20261122-120000-ab', 'j-1') }, 'live', 'ok', 'free'],
  ['of a live job', { lock: OURS, lockAgeSec: 90_000 }, 'live', 'fail', 'locked at the site by job=20261122'],
  [
    'of an ended job',
    { lock: OURS, lockAgeSec: 1 },
    'ended',
    'warn',
    'has ended and left its lock; it is taken over',
  ],
  ['of an unknown job, young', { lock: OURS, lockAgeSec: 600 }, 'unknown', 'fail', 'locked at the site by'],
  ['of an unknown job, old', { lock: OURS, lockAgeSec: 7300 }, 'unknown', 'warn', 'nobody knows any more'],
  ['without an owner, young', { lock: '', lockAgeSec: 30 }, 'unknown', 'fail', 'an owner that left no name'],
  ['without an owner, old', { lock: '', lockAgeSec: 61 }, 'unknown', 'warn', 'cut off'],
  ['of a foreign tool', { lock: 'gitlab-ci 4711', lockAgeSec: 1e6 }, 'unknown', 'fail', 'gitlab-ci 4711'],
  ['of a foreign tool like ours', { lock: 'job=4711', lockAgeSec: 1e6 }, 'ended', 'fail', 'job=4711'],
] as const)('a lock %s', (_case, seen, fate, level, message) => {
  const [finding] = lockFindings(seen, 'j-1', fate);
  expect(finding?.level).toBe(level);
  expect(finding?.message).toContain(message);
  expect(isStale(seen, fate)).toBe(level === 'warn');
});

test('only a lock of ours names a job', () => {
  expect(lockJob({ lock: OURS })).toBe('20261122-120000-ab');
  expect(lockJob({ lock: 'job=../x attempt=1 who=a since=b' })).toBeUndefined();
  expect(lockJob({})).toBeUndefined();
});
