import type { Finding } from '../core/finding.ts';
import type { JobFate } from '../core/run.ts';
import type { SiteFacts } from './site-facts.ts';

/** What a lock says that one of our jobs holds; another tool's lock says something else, or nothing. */
const OURS = /^job=([A-Za-z0-9][\w.-]*) attempt=\d+ who=\S* since=\S+$/;

/** Age of a lock at which a job that nobody knows any more is surely over, in seconds: all its time limits are shorter. */
const FORGOTTEN_SEC = 2 * 3600;

/** How long a lock may be without an owner before whoever made it was surely cut off, in seconds. */
export const OWNERLESS_SEC = 60;

type Seen = Pick<SiteFacts, 'lock' | 'lockAgeSec'>;

/** The job that a lock names, when the lock is one of ours. */
export function lockJob({ lock }: Seen): string | undefined {
  return lock === undefined ? undefined : OURS.exec(lock)?.[1];
}

/** Whether nobody can hold the lock any more, as far as a look and the queue can tell. The site itself looks once more. */
export function isStale(seen: Seen, fate: JobFate): boolean {
  const { lock, lockAgeSec = 0 } = seen;
  if (lock === undefined) return false;
  if (lock === '') return lockAgeSec > OWNERLESS_SEC;
  if (lockJob(seen) === undefined) return false;
  return fate === 'ended' || (fate === 'unknown' && lockAgeSec > FORGOTTEN_SEC);
}

/** Judges the lock at the site: free or left over, or held by somebody else, which refuses the action. */
export function lockFindings(seen: Seen, jobId: string, fate: JobFate): readonly Finding[] {
  const { lock } = seen;
  const subject = 'lock';
  if (lock === undefined || lockJob(seen) === jobId) return [{ level: 'ok', subject, message: 'free' }];
  if (isStale(seen, fate))
    return [{ level: 'warn', subject, message: `${leftBy(seen, fate)}; it is taken over` }];
  const owner = lock === '' ? 'an owner that left no name' : lock;
  return [
    {
      level: 'fail',
      subject,
      message: `the target is locked at the site by ${owner}`,
      next:
        lockJob(seen) === undefined
          ? 'Another tool made this lock: wait until it is done. If it is surely dead, remove the lock folder at the site.'
          : 'Wait for that job to end, or cancel it.',
    },
  ];
}

function leftBy(seen: Seen, fate: JobFate): string {
  const job = lockJob(seen);
  if (job === undefined) return 'a run that was cut off left a lock without a name';
  return fate === 'ended'
    ? `job ${job} has ended and left its lock`
    : `job ${job}, which nobody knows any more, left its lock`;
}
