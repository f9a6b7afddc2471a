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
  check: (reason) => checkLength('--reason', reason),
};

function checkLength(flag: string, text: string): void {
  if (text.length <= MAX_REASON) return;
  throw new OpsError(
    'usage.flag',
    `${flag} is ${text.length} characters long, expected at most ${MAX_REASON}`,
  );
}

/** Why it is done although the site is in maintenance. */
export const DURING_MAINTENANCE: Flag = {
  name: 'during-maintenance',
  key: 'duringMaintenance',
  value: '"why"',
  about: 'go on although the site is in maintenance; needs the right "deploy", shown in the message',
  check: (why) => checkLength('--during-maintenance', why),
};

/** Why it is done although it is frozen. */
export const DURING_FREEZE: Flag = {
  name: 'during-freeze',
  key: 'duringFreeze',
  value: '"why"',
  about: 'go on although the policy freezes it now; shown in the message and on record',
  check: (why) => checkLength('--during-freeze', why),
};

/** Look and plan, and do nothing. */
export const DRY_RUN: Flag = {
  name: 'dry-run',
  key: 'dryRun',
  about: 'check the site and show the plan; change nothing',
};
