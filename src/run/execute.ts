import { OpsError, type Problem, problemOf } from '../core/errors.ts';
import { isAct, type Plan } from '../core/plan.ts';
import { queuedRun, type RunState } from '../core/run.ts';
import { installerOf } from '../installers/index.ts';
import { launcherOf } from '../launchers/index.ts';
import { describePlan } from '../plan/describe.ts';
import { operationOf } from '../plan/operations/index.ts';
import { makePlan, outline, releaseOf } from '../plan/plan.ts';
import type { RunContext } from '../queue/api.ts';
import { finishRun } from '../remote/detached.ts';
import { runAct } from './act.ts';
import { Ending } from './failure.ts';
import { runCheck, runVerify } from './looks.ts';
import { createRecorder } from './recorder.ts';
import { type Running, type RunParts, stepState } from './running.ts';
import { observeTarget } from './status.ts';

/** Removing an old release is removing tens of thousands of small files from a shared file system. */
const PRUNE_MS = 5 * 60_000;

/**
 * Carries one action out: look, judge, plan, act step by step, look again. Every ending is a final state; the only
 * rejection is an interruption (shutdown, lost lock), after which another worker goes on from the last snapshot.
 */
export async function execute(context: RunContext, parts: RunParts): Promise<RunState> {
  const { jobId, request, caller, queuedAt, attempt, signal } = context;
  const first = context.previous ?? queuedRun(jobId, request, caller, parts.target.id, queuedAt);
  const recorder = createRecorder(first, parts.now, (state) => context.report(state));
  const running: Running = { context, parts, recorder, holding: false, wasUp: false };
  await recorder.emit({ type: 'started', attempt, worker: parts.worker });
  try {
    await perform(running);
    await end(running, 'succeeded');
  } catch (error) {
    if (signal.aborted && !(signal.reason instanceof OpsError)) throw signal.reason;
    if (signal.aborted) {
      await end(running, 'cancelled', problemOf(signal.reason));
      return recorder.state;
    }
    const { status, cause } = error instanceof Ending ? error : { status: 'failed' as const, cause: error };
    await end(running, status, problemOf(cause));
  }
  return recorder.state;
}

async function perform(running: Running): Promise<void> {
  const { context, parts, recorder } = running;
  const { request, jobId } = context;
  const release = releaseOf(parts.target, request, jobId);
  context.signal.throwIfAborted();
  if (recorder.state.steps.length === 0) {
    await recorder.emit({ type: 'planned', version: release.version, notes: [], steps: outline(request) });
  }
  const seen = await runCheck(running, release);
  const ofServices = operationOf(request.action) === undefined;
  running.wasUp =
    ofServices &&
    launcherOf(parts.target)
      .launched(parts.target, seen.launcher)
      .services.some(({ condition }) => condition === 'running');
  const plan = makePlan(request, parts.target, release, seen);
  await announce(running, plan);
  if (request.dryRun) return context.saveOutput('check', describePlan(plan));
  for (const step of plan.steps) {
    const status = stepState(running, step.id)?.status;
    if (status === 'ok' || status === 'warned') continue;
    if (step.kind === 'act') await runAct(running, step);
    else if (step.id === 'verify') await runVerify(running, step);
  }
}

async function announce(running: Running, plan: Plan): Promise<void> {
  const { planHash } = running.recorder.state;
  if (planHash !== undefined && planHash !== plan.hash) {
    throw new OpsError(
      'step.lost',
      `${plan.target}: the configuration changed while the run was interrupted`,
      {
        next: 'Run the command again: the new plan starts from what is at the site now.',
      },
    );
  }
  const { hash, version, notes, steps } = plan;
  const shown = steps.map(({ id, title }) => ({ id, title }));
  await running.recorder.emit({ type: 'planned', hash, version, notes, steps: shown });
}

/** Ends the run: the services' true state when it failed, the lock released, one line in the audit log, the result. */
async function end(
  running: Running,
  status: 'succeeded' | 'failed' | 'refused' | 'cancelled',
  problem?: Problem,
): Promise<void> {
  const { context, parts, recorder } = running;
  // A step that was tried, now or by a worker before this one, may have left the lock at the site.
  if (recorder.state.steps.some((step) => isAct(step.id) && step.startedAt !== undefined)) {
    if (status !== 'succeeded' && operationOf(context.request.action) === undefined) {
      const observed = await observeTarget(parts.target, parts.connector, parts.now);
      await recorder.emit({ type: 'observed', status: observed });
    }
    await tidy(running, status);
  }
  const downtimeMs = downtimeOf(running);
  await recorder.emit({
    type: 'finished',
    status,
    ...(problem === undefined ? {} : { problem }),
    ...(downtimeMs === undefined ? {} : { downtimeMs }),
  });
}

/** Time from the first stopped to the last started service, when there was one to stop. */
function downtimeOf(running: Running): number | undefined {
  const stopped = stepState(running, 'stop')?.startedAt;
  const start = stepState(running, 'start');
  if (!running.wasUp || stopped === undefined || start?.finishedAt === undefined) return undefined;
  return start.status === 'ok' || start.status === 'warned' ? start.finishedAt - stopped : undefined;
}

async function tidy(running: Running, status: string): Promise<void> {
  const { context, parts, recorder } = running;
  const { target, connector } = parts;
  const { jobId, attempt, caller, request } = context;
  const what = `${request.action} ${target.id} ${recorder.state.version ?? ''}`.trim();
  try {
    if (status === 'succeeded' && request.action === 'deploy') {
      const site = await connector.connect(target.access);
      await site.run(installerOf(target).prune(target), { timeoutMs: PRUNE_MS });
    }
    await finishRun({
      connect: () => connector.connect(target.access),
      opsDir: target.paths.ops,
      jobId,
      attempt,
      auditLine: `${new Date(parts.now()).toISOString()} ${caller.name} (${caller.id}) ${what} ${status} job=${jobId}`,
    });
  } catch (error) {
    // The run's own result matters more than its tidying up; the lock names this job and the next run can tell.
    const text = `not tidied up: ${problemOf(error).message}`;
    await recorder.emit({ type: 'step-output', step: 'verify', text });
  }
}
