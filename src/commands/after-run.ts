import type { Choice } from '../core/notice.ts';
import { isFinal, isTouched, type RunState } from '../core/run.ts';
import { failedStep } from './wording.ts';

/**
 * What a person may do after a run that did not get to its end: look again where nobody knows how a step ended, which
 * goes on from there, go on from the failed step, go back to what was there before. Rights are asked for when it is
 * chosen.
 */
export function choicesAfter(state: RunState): readonly Choice[] {
  const { request, status, jobId, release, problem } = state;
  const { site, deployment, action } = request;
  // It is decided already: what it is rolled back to is on the message of that job.
  if (state.undoneBy !== undefined) return [];
  if (status === 'refused') return choicesAfterQuestion(state);
  if (!isFinal(state) || request.dryRun || (status !== 'failed' && status !== 'cancelled')) return [];
  const step = failedStep(state);
  const choices: Choice[] = [];
  if (problem?.code === 'step.lost') choices.push(lookAgain(jobId));
  else
    choices.push({
      label: step === undefined ? 'Retry' : `Retry from "${step.title}"`,
      line: `retry ${jobId}`,
      command: 'retry',
      input: { job: jobId },
    });
  if (action === 'deploy' && isTouched(state) && release !== undefined)
    choices.push({
      label: 'Roll back',
      line: `rollback ${deployment} ${site}`,
      command: 'rollback',
      input: { site, deployment, undo: release, dryRun: false },
      style: 'danger',
    });
  return choices;
}

/** After a retry that asks what to make of a step: look once more, or call it failed. */
function choicesAfterQuestion({ request, problem }: RunState): readonly Choice[] {
  const { retryOf } = request;
  if (retryOf === undefined || (problem?.code !== 'refused.lost' && problem?.code !== 'refused.busy'))
    return [];
  if (problem.code === 'refused.busy') return [lookAgain(retryOf)];
  return [
    lookAgain(retryOf),
    {
      label: 'Treat it as failed and do it again',
      line: `retry ${retryOf} --treat-as-failed`,
      command: 'retry',
      input: { job: retryOf, treatAsFailed: true },
      style: 'danger',
    },
  ];
}

/** A retry asks the site first how the step ended. */
function lookAgain(jobId: string): Choice {
  return {
    label: 'Look again',
    line: `retry ${jobId}`,
    command: 'retry',
    input: { job: jobId },
    style: 'primary',
  };
}
