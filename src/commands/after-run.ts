import type { Choice } from '../core/notice.ts';
import type { StepId } from '../core/plan.ts';
import { isFinal, type RunState } from '../core/run.ts';
import { failedStep } from './wording.ts';

/** Steps from which on a deploy has touched what was running. */
const TOUCHING: readonly StepId[] = ['stop', 'environment', 'write', 'start'];

/**
 * What a person may do after a run that did not get to its end: look again where nobody knows how a step ended, go on
 * from the failed step, go back to what was there before. Rights are asked for when it is chosen.
 */
export function choicesAfter(state: RunState): readonly Choice[] {
  const { request, status, jobId, release, problem } = state;
  const { site, deployment, action } = request;
  if (!isFinal(state) || request.dryRun || (status !== 'failed' && status !== 'cancelled')) return [];
  const step = failedStep(state);
  const touched = state.steps.some(({ id, startedAt }) => TOUCHING.includes(id) && startedAt !== undefined);
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
  if (action === 'deploy' && touched && release !== undefined)
    choices.push({
      label: 'Roll back',
      line: `rollback ${deployment} ${site}`,
      command: 'rollback',
      input: { site, deployment, undo: release, dryRun: false },
      style: 'danger',
    });
  return choices;
}
