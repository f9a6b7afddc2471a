import { ERRORS, EXIT } from '../core/errors.ts';
import type { Choice } from '../core/notice.ts';
import type { Action } from '../core/request.ts';
import { isFinal, isTouched, type RunState } from '../core/run.ts';
import type { TargetStatus } from '../core/service.ts';
import { failedStep } from './wording.ts';

/** More buttons than this are a menu that somebody has to read. */
const MOST = 4;

/** Actions on the services of one target: what is left of them is seen by `status`, and a dry run can be done for real. */
const OF_SERVICES: readonly Action[] = ['deploy', 'start', 'stop', 'restart', 'rollback'];

/**
 * What a person most often does next after a run that has ended, the likeliest first. Rights are asked for when it is
 * chosen: the message is everybody's.
 */
export function choicesAfter(state: RunState): readonly Choice[] {
  const { request, status, undoneBy } = state;
  // It is decided already: what it is rolled back to is on the message of that job.
  if (undoneBy !== undefined || !isFinal(state)) return [];
  if (status === 'succeeded') return afterSuccess(state);
  if (request.dryRun) return [];
  return (status === 'refused' ? afterRefusal(state) : afterFailure(state)).slice(0, MOST);
}

function afterSuccess({ request }: RunState): readonly Choice[] {
  const { action, site, deployment, version, dryRun } = request;
  if (!OF_SERVICES.includes(action)) return [];
  if (!dryRun) return [statusOf(request)];
  // A rollback names its release, and a run of a retry or for a freeze its reasons: these are asked for anew.
  const { service, launchTool, installMethod, reason, duringMaintenance, duringFreeze } = request;
  const input = {
    site,
    deployment,
    ...(version === undefined ? {} : { version }),
    ...(service === undefined ? {} : { service }),
    ...(launchTool === undefined ? {} : { launchTool }),
    ...(installMethod === undefined ? {} : { installMethod }),
    ...(reason === undefined ? {} : { reason }),
    ...(duringMaintenance === undefined ? {} : { duringMaintenance }),
    ...(duringFreeze === undefined ? {} : { duringFreeze }),
    dryRun: false,
  };
  if (action === 'rollback') return [];
  const words = [action, deployment, site, version ?? service].filter((word) => word !== undefined);
  return [
    { label: `${titled(action)} it now`, line: words.join(' '), command: action, input, style: 'primary' },
  ];
}

/**
 * A retry that asks what to make of a step: look once more, or call it failed. Else the check found something that a
 * look may explain, or that is mended meanwhile; other refusals say what to do.
 */
function afterRefusal({ request, problem, jobId }: RunState): readonly Choice[] {
  const { retryOf } = request;
  if (retryOf !== undefined && problem?.code === 'refused.busy') return [lookAgain(retryOf)];
  if (retryOf !== undefined && problem?.code === 'refused.lost')
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
  if (problem !== undefined && problem.code !== 'refused.check' && ERRORS[problem.code].exit === EXIT.refused)
    return [];
  const { site } = request;
  const doctor: Choice = { label: 'Doctor', line: `doctor ${site}`, command: 'doctor', input: { site } };
  return [{ ...again('Try again', retryOf ?? jobId), style: 'primary' }, doctor];
}

function afterFailure(state: RunState): readonly Choice[] {
  const { request, release, problem, observed, jobId } = state;
  const { site, deployment, action } = request;
  const lost = problem?.code === 'step.lost';
  const step = failedStep(state);
  const label = step === undefined ? 'Retry' : `Retry from "${step.title}"`;
  return [
    lost ? lookAgain(jobId) : { ...again(label, jobId), style: 'primary' },
    ...(action === 'deploy' && isTouched(state) && release !== undefined
      ? [
          {
            label: 'Roll back',
            line: `rollback ${deployment} ${site}`,
            command: 'rollback',
            input: { site, deployment, undo: release, dryRun: false },
            style: 'danger' as const,
          },
        ]
      : []),
    ...(observed === undefined ? [] : logsOf(observed)),
    ...(OF_SERVICES.includes(action) && isTouched(state) ? [statusOf(request)] : []),
  ];
}

function again(label: string, jobId: string): Choice {
  return { label, line: `retry ${jobId}`, command: 'retry', input: { job: jobId } };
}

/** A retry asks the site first how the step ended. */
function lookAgain(jobId: string): Choice {
  return { ...again('Look again', jobId), style: 'primary' };
}

function statusOf({ site, deployment }: Pick<TargetStatus, 'site' | 'deployment'>): Choice {
  return {
    label: 'Status',
    line: `status ${site} ${deployment}`,
    command: 'status',
    input: { site, deployment },
  };
}

/** What the first service wrote that fell over; a service that was only stopped has nothing to tell. */
export function logsOf({ site, deployment, services }: TargetStatus): readonly Choice[] {
  const fallen = services.find(({ condition }) => condition === 'fatal');
  if (fallen === undefined) return [];
  const { service } = fallen;
  return [
    {
      label: `Logs of ${service}`,
      line: `logs ${deployment} ${site} ${service}`,
      command: 'logs',
      input: { site, deployment, service },
    },
  ];
}

function titled(action: Action): string {
  return action.charAt(0).toUpperCase() + action.slice(1);
}
