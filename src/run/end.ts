import { OpsError, type Problem, problemOf } from '../core/errors.ts';
import { isAct } from '../core/plan.ts';
import type { RunState } from '../core/run.ts';
import { installerOf } from '../installers/index.ts';
import { operationOf } from '../plan/operations/index.ts';
import { finishRun } from '../remote/detached.ts';
import { undoingJob } from './automatic-rollback.ts';
import { Ending } from './failure.ts';
import { type Running, stepState } from './running.ts';
import { observeTarget } from './status.ts';

/** Removing an old release is removing tens of thousands of small files from a shared file system. */
const PRUNE_MS = 5 * 60_000;

/** Whether a step that changes the site was begun, now or by an earlier attempt. */
export function isTried(state: RunState): boolean {
  return state.steps.some((step) => isAct(step.id) && step.startedAt !== undefined);
}

/** How a run ends that was broken off by an error. A lock met before anything was changed is a refusal. */
export function endingOf(state: RunState, error: unknown): Pick<Ending, 'status' | 'cause'> {
  if (error instanceof Ending) return error;
  const changed = state.steps.some(({ id, status }) => isAct(id) && (status === 'ok' || status === 'warned'));
  const refused = error instanceof OpsError && error.code === 'refused.lock' && !changed;
  return { status: refused ? 'refused' : 'failed', cause: error };
}

/** Ends the run: the services' true state when it failed, the lock released, one line in the audit log, the result. */
export async function end(
  running: Running,
  status: 'succeeded' | 'failed' | 'refused' | 'cancelled',
  problem?: Problem,
): Promise<void> {
  const { context, parts, recorder } = running;
  // A step that was tried, now or by a worker before this one, may have left the lock at the site.
  if (isTried(recorder.state)) {
    if (status !== 'succeeded' && operationOf(context.request.action) === undefined) {
      const observed = await observeTarget(running.target, parts.connector, parts.now);
      await recorder.emit({ type: 'observed', status: observed });
    }
    await tidy(running, problem?.code === 'job.cancelled' ? problem.message : status);
  }
  const downtimeMs = downtimeOf(running);
  const undoneBy = undoingJob(running, status, problem);
  await recorder.emit({
    type: 'finished',
    status,
    ...(problem === undefined ? {} : { problem }),
    ...(downtimeMs === undefined ? {} : { downtimeMs }),
    ...(undoneBy === undefined ? {} : { undoneBy }),
  });
}

/** Time from the first stopped to the last started service, when there was one to stop. */
function downtimeOf(running: Running): number | undefined {
  const stopped = stepState(running, 'stop')?.startedAt;
  const start = stepState(running, 'start');
  if (!running.wasUp || stopped === undefined || start?.finishedAt === undefined) return undefined;
  return start.status === 'ok' || start.status === 'warned' ? start.finishedAt - stopped : undefined;
}

/** @param outcome the last words of the line in the audit log, e.g. `succeeded`, `cancelled by ada` */
async function tidy(running: Running, outcome: string): Promise<void> {
  const { context, parts, recorder } = running;
  const { target, connector } = parts;
  const { jobId, attempt, caller, request } = context;
  const { automaticAfter } = request;
  const unasked = automaticAfter === undefined ? '' : ` (automatic after job ${automaticAfter})`;
  const what = `${request.action}${unasked} ${target.id} ${recorder.state.version ?? ''}`.trim();
  try {
    const deployed = outcome === 'succeeded' && request.action === 'deploy';
    await finishRun({
      connect: () => connector.connect(target.access),
      opsDir: target.paths.ops,
      jobId,
      attempt,
      auditLine: `${new Date(parts.now()).toISOString()} ${caller.name} (${caller.id}) ${what} ${outcome} job=${jobId}`,
      ...(deployed ? { upkeep: { script: installerOf(target).prune(target), timeoutMs: PRUNE_MS } } : {}),
    });
  } catch (error) {
    // The run's own result matters more than its tidying up; the lock names this job and the next run can tell.
    const text = `not tidied up: ${problemOf(error).message}`;
    await recorder.emit({ type: 'step-output', step: 'verify', text });
  }
}
