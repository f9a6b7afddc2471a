import { OpsError } from '../core/errors.ts';
import type { Flag } from './command.ts';

/** Longest reason, in characters: it is shown in one line of the message. */
const MAX_REASON = 300;

/** Why it is done, for those who read the channel. */
export const REASON: Flag = {
  name: 'reason',
  key: 'reason',
  value: '"…"',
  about: 'shown in the message',
  check(reason) {
    if (reason.length <= MAX_REASON) return;
    throw new OpsError(
      'usage.flag',
      `--reason is ${reason.length} characters long, expected at most ${MAX_REASON}`,
    );
  },
};

/** Look and plan, and do nothing. */
export const DRY_RUN: Flag = {
  name: 'dry-run',
  key: 'dryRun',
  about: 'check the site and show the plan; change nothing',
};
