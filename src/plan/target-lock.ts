import { ERRORS } from '../core/errors.ts';
import type { Finding } from '../core/finding.ts';
import { type Lock, lockAgainst, lockLine } from '../core/lock.ts';
import type { ActionRequest, Caller } from '../core/request.ts';
import type { Target } from '../core/target.ts';

/** Judges whether somebody else has locked the target. @param now milliseconds since the epoch */
export function judgeLocks(
  request: ActionRequest,
  caller: Caller,
  target: Pick<Target, 'timezone'>,
  locks: readonly Lock[],
  now: number,
  same: (a: Caller, b: Caller) => boolean,
): readonly Finding[] {
  const lock = lockAgainst(locks, request, caller, now, same);
  if (lock === undefined) return [];
  const message = lockLine(lock, target.timezone);
  return [{ level: 'fail', subject: 'lock', message, next: ERRORS['refused.lock'].remedy }];
}
