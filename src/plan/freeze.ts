import { ERRORS } from '../core/errors.ts';
import type { Finding } from '../core/finding.ts';
import { type Freeze, freezeLine } from '../core/freeze.ts';
import type { ActionRequest } from '../core/request.ts';

/** Judges an action that a freeze of the policy forbids: refused, or noted with why it goes on all the same. */
export function judgeFreeze(request: ActionRequest, freeze: Freeze): readonly Finding[] {
  const line = freezeLine(freeze, request);
  const why = request.duringFreeze;
  if (why !== undefined)
    return [{ level: 'warn', subject: 'freeze', message: `${line}; done all the same: ${why}` }];
  return [{ level: 'fail', subject: 'freeze', message: line, next: ERRORS['refused.freeze'].remedy }];
}
