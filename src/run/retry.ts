import type { Plan } from '../core/plan.ts';
import { isAct } from '../core/plan.ts';
import type { StepState } from '../core/run.ts';
import type { Release } from '../installers/installer.ts';
import { launcherOf } from '../launchers/index.ts';
import type { Observation } from '../plan/check.ts';
import { makePlan, releaseOf } from '../plan/plan.ts';
import { withServices } from '../plan/with-services.ts';
import type { EarlierRun } from '../queue/api.ts';
import { isTried } from './end.ts';
import { type Running, stepState } from './running.ts';

/** Retries in a row that may have ended before they began anything. */
const MOST_HOPS = 50;

/**
 * The run that this one goes on from, when it is a retry and that one is still on record. A retry that was refused has
 * done nothing: what it was to go on from is what this one goes on from.
 */
export async function earlierRun({ context }: Running): Promise<EarlierRun | undefined> {
  let { retryOf } = context.request;
  let found: EarlierRun | undefined;
  for (let hops = 0; retryOf !== undefined && hops < MOST_HOPS; hops += 1) {
    const next = await context.earlier(retryOf);
    if (next === undefined) return found;
    found = next;
    if (isTried(found.state)) return found;
    ({ retryOf } = found.state.request);
  }
  return found;
}

/** The release of a run: that of the run it goes on from, so that what was built for it is used, as long as the version is the same. */
export function releaseFor({ context, parts }: Running, earlier: EarlierRun | undefined): Release {
  const { request, jobId } = context;
  const own = releaseOf(parts.target, request, jobId);
  const before = earlier?.state;
  const same = request.action === 'deploy' && before?.release !== undefined && before.version === own.version;
  return same ? { ...own, name: before.release } : own;
}

/**
 * The plan of a run. A retry takes up the earlier plan, and with it what is done already, when that comes out the
 * same today; else it makes a new one of what is at the site, and says so.
 */
export async function planOf(
  running: Running,
  release: Release,
  seen: Observation,
  earlier: EarlierRun | undefined,
): Promise<Plan> {
  const { context, parts } = running;
  const { settled } = running;
  const made = makePlan(context.request, parts.target, release, seen);
  running.target = withServices(context.request, parts.target, seen);
  if (earlier === undefined) return made;
  const known = settled === undefined ? [] : [settled.note];
  const fresh = { ...made, notes: [...made.notes, ...known] };
  const observed = earlier.memory['observation'] as Observation | undefined;
  const { planHash, jobId, steps } = earlier.state;
  if (observed === undefined || planHash === undefined) return fresh;
  const same = makePlan(context.request, parts.target, release, observed);
  if (same.hash !== planHash)
    return {
      ...fresh,
      notes: [...fresh.notes, `the plan has changed since job ${jobId}: it starts from what is there`],
    };
  running.target = withServices(context.request, parts.target, observed);
  const done = doneSteps(running, steps, seen);
  for (const { id } of done) running.skips.set(id, jobId);
  await context.remember({ ...context.memory, observation: observed, displaces: running.displaces, settled });
  const [first] = same.steps.filter(({ id, kind }) => kind === 'act' && !running.skips.has(id));
  return {
    ...same,
    notes: [...same.notes, ...known, `goes on from job ${jobId} with "${first?.title ?? 'Verify'}"`],
  };
}

/**
 * What an earlier run did and need not be done again: the steps before the one it failed in. Services that did not
 * come up are started again; staged files went with their run; services that somebody started since are stopped.
 */
function doneSteps(running: Running, steps: readonly StepState[], seen: Observation): readonly StepState[] {
  const { settled } = running;
  const acts = steps.filter(({ id }) => isAct(id));
  const failed = acts.findIndex(
    ({ id, status }) =>
      status !== 'ok' && status !== 'warned' && !(settled?.done === true && settled.step === id),
  );
  // A start that was never followed by a look has not failed.
  const unseen = settled?.done === true && settled.step === 'start';
  const done = failed < 0 ? acts.filter(({ id }) => id !== 'start' || unseen) : acts.slice(0, failed);
  const left = acts.filter((step) => !done.includes(step));
  const { target } = running;
  const up = launcherOf(target)
    .launched(target, seen.launcher)
    .services.some(({ condition }) => condition === 'running');
  return done.filter(
    ({ id }) =>
      !(id === 'stage' && left.some((step) => step.id === 'write')) &&
      !(id === 'stop' && up && left.some((step) => step.id === 'write' || step.id === 'environment')),
  );
}

/** Marks a step as done by the earlier run. Whether it was. */
export async function isDoneBefore(running: Running, id: StepState['id']): Promise<boolean> {
  const jobId = running.skips.get(id);
  if (jobId === undefined || stepState(running, id)?.status !== 'pending') return false;
  await running.recorder.emit({
    type: 'step-finished',
    step: id,
    status: 'ok',
    detail: `done by job ${jobId}`,
  });
  return true;
}
