import { OpsError, problemOf } from '../core/errors.ts';
import type { Plan } from '../core/plan.ts';
import { queuedRun, type RunState } from '../core/run.ts';
import { launcherOf } from '../launchers/index.ts';
import { describePlan } from '../plan/describe.ts';
import { operationOf } from '../plan/operations/index.ts';
import { outline } from '../plan/steps.ts';
import type { RunContext } from '../queue/api.ts';
import { runAct } from './act.ts';
import { awaitsApproval, newDecision, refuseUnapproved, restsOf } from './approval.ts';
import { automaticNotes } from './automatic-rollback.ts';
import { end, endingOf, isTried } from './end.ts';
import { runCheck, runVerify } from './looks.ts';
import { createRecorder } from './recorder.ts';
import { earlierRun, isDoneBefore, planOf, releaseFor } from './retry.ts';
import { type Running, type RunParts, stepState } from './running.ts';

/**
 * Carries one action out: look, judge, plan, act step by step, look again. Every ending is a final state, or `awaiting`
 * when somebody has to approve the plan first; the only rejection is an interruption (shutdown, lost lock), after which another worker goes on from the last snapshot.
 */
export async function execute(context: RunContext, parts: RunParts): Promise<RunState> {
  const { signal } = context;
  const running = await begin(context, parts);
  const { recorder } = running;
  try {
    if (await perform(running)) await end(running, 'succeeded');
  } catch (error) {
    if (signal.aborted && !(signal.reason instanceof OpsError)) throw signal.reason;
    if (signal.aborted) {
      await end(running, 'cancelled', problemOf(signal.reason));
      return recorder.state;
    }
    const { status, cause } = endingOf(recorder.state, error);
    await end(running, status, problemOf(cause));
  }
  return recorder.state;
}

/**
 * Ends an action that cannot be carried out, e.g. because its secrets are gone: refused when nothing at the site was
 * tried yet; else failed, with the site's true state and its lock released.
 */
export async function abandon(context: RunContext, parts: RunParts, cause: unknown): Promise<RunState> {
  const running = await begin(context, parts);
  const { recorder } = running;
  await end(running, isTried(recorder.state) ? 'failed' : 'refused', problemOf(cause));
  return recorder.state;
}

async function begin(context: RunContext, parts: RunParts): Promise<Running> {
  const { jobId, request, caller, queuedAt, attempt } = context;
  const first = context.previous ?? queuedRun(jobId, request, caller, parts.target.id, queuedAt);
  const recorder = createRecorder(first, parts.now, (state) => context.report(state));
  const decision = await newDecision(context);
  if (decision !== undefined) await recorder.emit({ type: 'decided', decision });
  await recorder.emit({ type: 'started', attempt: attempt - restsOf(context), worker: parts.worker });
  return { context, parts, recorder, target: parts.target, skips: new Map(), holding: false, wasUp: false };
}

/** False when the run stopped before its first change, for somebody to approve its plan. */
async function perform(running: Running): Promise<boolean> {
  const { context, parts, recorder } = running;
  const { request } = context;
  const earlier = await earlierRun(running);
  const release = releaseFor(running, earlier);
  context.signal.throwIfAborted();
  refuseUnapproved(recorder.state, parts.now());
  if (recorder.state.steps.length === 0) {
    // What is live is known only after the first look.
    const version = request.action === 'deploy' ? release.version : '';
    await recorder.emit({ type: 'planned', version, notes: [], steps: outline(request) });
  }
  const seen = await runCheck(running, release, earlier);
  const ofServices = operationOf(request.action) === undefined;
  running.wasUp =
    ofServices &&
    launcherOf(parts.target)
      .launched(parts.target, seen.launcher)
      .services.some(({ condition }) => condition === 'running');
  const planned = await planOf(running, release, seen, earlier);
  const plan = { ...planned, notes: [...planned.notes, ...automaticNotes(running)] };
  await announce(running, plan);
  if (request.dryRun) {
    await context.saveOutput('check', describePlan(plan));
    return true;
  }
  if (await awaitsApproval(running, plan)) return false;
  for (const step of plan.steps) {
    const status = stepState(running, step.id)?.status;
    if (status === 'ok' || status === 'warned' || (await isDoneBefore(running, step.id))) continue;
    if (step.kind === 'act') await runAct(running, step);
    else if (step.id === 'verify') await runVerify(running, step);
  }
  return true;
}

async function announce(running: Running, plan: Plan): Promise<void> {
  const { planHash } = running.recorder.state;
  const begun = isTried(running.recorder.state);
  if (begun && planHash !== undefined && planHash !== plan.hash) {
    throw new OpsError(
      'step.lost',
      `${plan.target}: the run was begun with another plan: since then the configuration, or jaws-chatops itself, has changed`,
      {
        next: 'Run the command again: the new plan starts from what is at the site now.',
      },
    );
  }
  const { hash, version, release, notes, steps } = plan;
  const shown = steps.map(({ id, title }) => ({ id, title }));
  await running.recorder.emit({
    type: 'planned',
    hash,
    version,
    ...(release === undefined ? {} : { release }),
    notes,
    steps: shown,
  });
}
