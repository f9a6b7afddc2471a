import { OpsError } from '../core/errors.ts';
import { intentionFor } from '../core/intention.ts';
import type { ActionRequest } from '../core/request.ts';
import { type ActionStep, filled } from '../core/runbook.ts';
import type { CommandRef } from '../core/site-command.ts';
import { DEPLOYMENTS, type Deployment } from '../core/target.ts';
import type { RunbookRun, RunbookStepState } from '../runbooks/run.ts';
import type { CommandContext } from './command.ts';

/** What the action of a step asks for: its version may be the one that is meant to be live. */
export async function actionRequest(
  run: RunbookRun,
  state: RunbookStepState,
  { action, version, service }: ActionStep,
  { jobs }: CommandContext,
): Promise<ActionRequest> {
  const { site } = run;
  const { deployment = 'prod' } = deploymentOf(run, state);
  const wanted =
    version === 'intended'
      ? intentionFor(await jobs.intended(), { site, deployment })?.version
      : version === undefined
        ? undefined
        : text(version, run);
  return {
    kind: 'action',
    action,
    site,
    deployment,
    ...(wanted === undefined ? {} : { version: wanted }),
    ...(service === undefined ? {} : { service }),
    dryRun: false,
    ...why(run),
  };
}

/** The same for a command that changes something. */
export function commandRequest(run: RunbookRun, state: RunbookStepState): ActionRequest {
  const { site } = run;
  const { deployment = 'prod' } = deploymentOf(run, state);
  return {
    kind: 'action',
    action: 'command',
    site,
    deployment,
    command: refOf(run, state),
    dryRun: false,
    ...why(run),
  };
}

function why({ runbook, reason, duringMaintenance }: RunbookRun) {
  return {
    reason: reason === undefined ? `runbook ${runbook}` : `${reason} (runbook ${runbook})`,
    ...(duringMaintenance === undefined ? {} : { duringMaintenance }),
  };
}

/** Which command a step means, with the values of the run. */
export function refOf(run: RunbookRun, { index }: RunbookStepState): CommandRef {
  const { site: _site, runbook, ...values } = run.values;
  return { runbook: run.runbook, step: index, values };
}

/** @throws OpsError('usage.argument') for a value that is no deployment */
export function deploymentOf(run: RunbookRun, { deployment }: RunbookStepState): { deployment?: Deployment } {
  if (deployment === undefined) return {};
  const name = text(deployment, run);
  const known = DEPLOYMENTS.find((one) => one === name);
  if (known !== undefined) return { deployment: known };
  throw new OpsError('usage.argument', `got deployment "${name}", expected ${DEPLOYMENTS.join(' | ')}`);
}

/** The title as soon as every parameter in it is known. */
export function titled(run: RunbookRun, { title }: RunbookStepState): { title?: string } {
  const now = filled(title, run.values);
  return now === undefined || now === title ? {} : { title: now };
}

/** @throws OpsError('usage.argument') as long as a parameter has no value */
export function text(template: string, { values, runbook }: RunbookRun): string {
  const found = filled(template, values);
  if (found !== undefined) return found;
  throw new OpsError('usage.argument', `runbook ${runbook}: "${template}" needs a value that was not given`);
}
