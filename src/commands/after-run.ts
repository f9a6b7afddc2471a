import type { Choice } from '../core/notice.ts';
import { isFinal, isTouched, type RunState } from '../core/run.ts';
import { failedStep } from './wording.ts';

/**
 * What a person may do after a run that did not get to its end: look again where nobody knows how a step ended, go on
 * from the failed step, go back to what was there before. Rights are asked for when it is chosen.
 */
export function choicesAfter(state: RunState): readonly Choice[] {
  const { request, status, jobId, release, problem } = state;
  const { site, deployment, action } = request;
  // It is decided already: what it is rolled back to is on the message of that job.
  if (state.undoneBy !== undefined) return [];
  if (!isFinal(state) || request.dryRun || (status !== 'failed' && status !== 'cancelled')) return [];
  const step = failedStep(state);
  const choices: Choice[] = [];
  if (problem?.code === 'step.lost')
    choices.push({
      label: 'Look again',
      line: `status ${site} ${deployment}`,
      command: 'status',
      input: { site, deployment },
      style: 'primary',
    });
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
