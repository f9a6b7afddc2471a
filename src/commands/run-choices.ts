import type { Choice } from '../core/notice.ts';
import { isFinal, type RunState } from '../core/run.ts';
import { choicesAfter } from './after-run.ts';

/** What can be decided on a run as it stands: the buttons of its message. Rights are those of whoever decides. */
export function runChoices(state: RunState): readonly Choice[] {
  if (state.status === 'awaiting') return approvalChoices(state);
  return isFinal(state) ? choicesAfter(state) : [cancelChoice(state)];
}

function cancelChoice({ jobId, request }: RunState): Choice {
  return {
    label: 'Cancel',
    line: `cancel ${jobId}`,
    command: 'cancel',
    input: { job: jobId },
    style: 'danger',
    confirm: `What is under way at ${request.site} ends where it is; services that are stopped stay down.`,
  };
}

function approvalChoices({ jobId, approval }: RunState): readonly Choice[] {
  if (approval === undefined) return [];
  const plan = approval.hash.slice(0, 12);
  const choice = (label: string, command: string, style: 'primary' | 'danger'): Choice => ({
    label,
    line: `${command} ${jobId}`,
    command,
    // A button of a message that shows an earlier plan must not approve a later one.
    input: { job: jobId, plan },
    style,
  });
  return [choice('Approve', 'approve', 'primary'), choice('Reject', 'reject', 'danger')];
}
