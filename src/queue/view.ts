import type { Job } from 'bullmq';
import { ERRORS, type Problem } from '../core/errors.ts';
import { ACTIONS, type ActionRequest, type Caller } from '../core/request.ts';
import { advance, isFinal, queuedRun, type RunState } from '../core/run.ts';
import { DEPLOYMENTS, targetId } from '../core/target.ts';
import type { TargetName } from './names.ts';
import { actionJobSchema, actionRequestSchema, callerSchema } from './schema.ts';
import { readState } from './state-schema.ts';

/** BullMQ's own words for a job whose workers were lost more often than allowed. */
const STALLED = 'job stalled more than allowable limit';

/** The snapshot of a job as it stands in Redis. */
export function stateOf(job: Job, target: TargetName): RunState {
  const ended = readState(job.returnvalue);
  if (ended) return ended;
  const state = readState(job.progress) ?? queuedOf(job, target);
  if (job.failedReason === undefined || job.failedReason === '' || isFinal(state)) return state;
  return lostRun(state, problemOfFailure(state, job.failedReason), job.finishedOn ?? Date.now());
}

/** The snapshot of a job whose stored form cannot be read at all. */
export function unreadableState(jobId: string, target: TargetName, reason: string): RunState {
  const state = queuedRun(
    jobId,
    salvagedRequest(undefined, target),
    salvagedCaller(undefined),
    targetId(target.site, target.deployment),
    0,
  );
  return lostRun(
    state,
    { code: 'internal', message: `job ${jobId}: ${reason}`, next: ERRORS.internal.remedy },
    0,
  );
}

/** Ends a run whose worker cannot: a step that was under way has an unknown outcome. */
export function lostRun(state: RunState, problem: Problem, at: number): RunState {
  const running = state.steps.filter((step) => step.status === 'running');
  const stopped = running.reduce(
    (before, step) =>
      advance(before, {
        type: 'step-finished',
        step: step.id,
        status: 'failed',
        detail: 'its outcome is not known',
        at,
      }),
    state,
  );
  return advance(stopped, { type: 'finished', status: 'failed', problem, at });
}

function problemOfFailure(state: RunState, reason: string): Problem {
  if (reason !== STALLED) return { code: 'internal', message: reason, next: ERRORS.internal.remedy };
  return {
    code: 'step.lost',
    message: `job ${state.jobId}: given up, its workers were lost one after another`,
    next: 'Look at the log of the workers, then at the site (`/jaws status`), and run the command again.',
  };
}

function queuedOf(job: Job, target: TargetName): RunState {
  const data: unknown = job.data;
  const parsed = actionJobSchema.safeParse(data);
  const id = targetId(target.site, target.deployment);
  const jobId = job.id ?? 'unknown';
  if (parsed.success)
    return queuedRun(jobId, parsed.data.request, parsed.data.caller, id, parsed.data.queuedAt);
  return queuedRun(
    jobId,
    salvagedRequest(field(data, 'request'), target),
    salvagedCaller(field(data, 'caller')),
    id,
    job.timestamp,
  );
}

/** What can be said of a request that cannot be read: its action when that is legible, and never that it may change anything. */
function salvagedRequest(value: unknown, target: TargetName): ActionRequest {
  const parsed = actionRequestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  return {
    kind: 'action',
    action: ACTIONS.find((action) => action === field(value, 'action')) ?? 'deploy',
    site: target.site,
    deployment: DEPLOYMENTS.find((name) => name === target.deployment) ?? 'dev',
    dryRun: true,
  };
}

function salvagedCaller(value: unknown): Caller {
  const parsed = callerSchema.safeParse(value);
  return parsed.success ? parsed.data : { id: 'unknown', name: 'unknown', via: 'cli' };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
