import { OpsError, problemOf } from '../core/errors.ts';
import type { LookRequest } from '../core/look.ts';
import { type ActionRequest, isSiteWide } from '../core/request.ts';
import { isFinal } from '../core/run.ts';
import type { LookStep } from '../core/runbook.ts';
import { newJobId } from '../queue/job-id.ts';
import { currentStep, type RunbookEvent, type RunbookRun, type RunbookStepState } from '../runbooks/run.ts';
import { gistOf, levelOf, seenOfReport, seenOfStatus } from '../runbooks/seen.ts';
import type { CommandContext } from './command.ts';
import { requireRight, requireSite } from './rights.ts';
import { actionRequest, commandRequest, deploymentOf, refOf, text, titled } from './runbook-request.ts';
import { submit } from './submit.ts';
import { cause, RUN_WORDS } from './wording.ts';

/** How long a site may take over a question, in milliseconds. */
const LOOK_TIMEOUT_MS = 90_000;
/** How long a step waits for a target on which somebody else is working, in milliseconds. */
const BUSY_MS = 30 * 60_000;

type Seens = ReturnType<typeof seenOfReport>;

/**
 * What happens next in a run, by doing it: asks the site, queues a job, or looks what became of one. Undefined as long
 * as there is nothing to do but wait, for a job, a person or a free target. May be asked again at any time and by any
 * process: what was queued is not queued twice.
 * @throws OpsError queue.unavailable when Redis is away; what a step itself comes to is its event
 */
export async function nextEvent(
  run: RunbookRun,
  context: CommandContext,
): Promise<Exclude<RunbookEvent, { type: 'answered' | 'cancelled' }> | undefined> {
  const current = currentStep(run);
  if (current === undefined) return undefined;
  const { at: step, state } = current;
  const now = context.now();
  const failed = (error: unknown) => {
    const { code, message } = problemOf(error);
    if (code === 'queue.unavailable') throw error;
    return { type: 'step-finished', step, at: now, status: 'failed', detail: message } as const;
  };
  try {
    switch (state.step.kind) {
      case 'link': {
        const detail = text(state.step.link, run);
        return { type: 'step-finished', step, at: now, status: 'ok', detail };
      }
      case 'question':
        if (state.status === 'running') return undefined;
        return { type: 'step-started', step, at: now, title: text(state.step.question, run) };
      case 'look':
        return await asked(run, state, step, context, () =>
          lookAt(run, state, state.step as LookStep, context),
        );
      case 'command': {
        const command = state.step;
        if (command.changes) return await acted(run, state, step, context, commandRequest(run, state));
        return await asked(run, state, step, context, () => askCommand(run, state, context));
      }
      case 'action': {
        const request = await actionRequest(run, state, state.step, context);
        const { onlyIfDown } = state.step;
        const needless =
          state.status === 'pending' && onlyIfDown ? await needlessAt(request, context) : undefined;
        if (needless !== undefined)
          return { type: 'step-finished', step, at: now, status: 'skipped', detail: needless };
        return await acted(run, state, step, context, request);
      }
    }
  } catch (error) {
    return failed(error);
  }
}

async function asked(
  run: RunbookRun,
  state: RunbookStepState,
  step: number,
  context: CommandContext,
  look: () => Promise<Seens>,
): Promise<RunbookEvent & { type: 'step-started' | 'step-finished' }> {
  if (state.status === 'pending')
    return { type: 'step-started', step, at: context.now(), ...titled(run, state) };
  const seen = await look();
  const status = ({ ok: 'ok', warn: 'warned', fail: 'failed' } as const)[levelOf(seen)];
  return { type: 'step-finished', step, at: context.now(), status, detail: gistOf(seen), seen };
}

async function lookAt(
  run: RunbookRun,
  state: RunbookStepState,
  { look, words }: LookStep,
  { jobs }: CommandContext,
): Promise<Seens> {
  const { site } = run;
  const about = { site, ...deploymentOf(run, state) };
  if (look === 'status') {
    const statuses = await jobs.status({ kind: 'status', ...about }, LOOK_TIMEOUT_MS);
    return seenOfStatus(statuses, await jobs.intended());
  }
  const spoken = Object.fromEntries(Object.entries(words).map(([name, word]) => [name, text(word, run)]));
  return seenOfReport(await jobs.look({ kind: 'look', look, ...about, words: spoken }, LOOK_TIMEOUT_MS));
}

async function askCommand(
  run: RunbookRun,
  state: RunbookStepState,
  { jobs }: CommandContext,
): Promise<Seens> {
  const request: LookRequest = {
    kind: 'look',
    look: 'command',
    site: run.site,
    ...deploymentOf(run, state),
    command: refOf(run, state),
    words: {},
  };
  return seenOfReport(await jobs.look(request, LOOK_TIMEOUT_MS));
}

/** Brings the job of a step one step on: gives it an id, queues it under that id, follows it. */
async function acted(
  run: RunbookRun,
  state: RunbookStepState,
  step: number,
  context: CommandContext,
  request: ActionRequest,
): Promise<Exclude<RunbookEvent, { type: 'answered' | 'cancelled' }> | undefined> {
  const at = context.now();
  const { jobId, startedAt = at } = state;
  if (state.status === 'pending' || jobId === undefined)
    return { type: 'step-started', step, at, jobId: newJobId(at), ...titled(run, state) };
  if (state.queued !== true) {
    // Queued by a process that ended before it could say so: nothing that came since forbids it any more.
    if ((await context.jobs.find(jobId)) !== undefined) return { type: 'job-queued', step, at };
    requireActionRight(context, request);
    const reply = await submit(context, request, jobId);
    if (reply.kind === 'problem')
      return { type: 'step-finished', step, at, status: 'failed', detail: reply.problem.message };
    if (reply.kind === 'busy') {
      const { caller, jobId: other } = reply.job.state;
      const detail = `waits for job ${other} of ${caller.name}`;
      if (at - startedAt > BUSY_MS) throw new OpsError('refused.busy', `${detail}, for 30 minutes`);
      return state.detail === detail ? undefined : { type: 'step-noted', step, at, detail };
    }
    return { type: 'job-queued', step, at };
  }
  const job = await context.jobs.find(jobId);
  if (job === undefined) throw new OpsError('step.lost', `job ${jobId} is not known any more`);
  const { state: seen } = job;
  if (!isFinal(seen)) {
    const doing = seen.steps.find(({ status }) => status === 'running')?.title ?? RUN_WORDS[seen.status];
    const detail = `job ${jobId}: ${doing}`;
    return state.detail === detail ? undefined : { type: 'step-noted', step, at, detail };
  }
  if (seen.status === 'succeeded') {
    const warned = seen.steps.some(({ status }) => status === 'warned');
    return { type: 'step-finished', step, at, status: warned ? 'warned' : 'ok', detail: `job ${jobId}` };
  }
  const why = cause(seen)?.message ?? RUN_WORDS[seen.status];
  return {
    type: 'step-finished',
    step,
    at,
    status: 'failed',
    detail: `${seen.status}: ${why} (job ${jobId})`,
  };
}

/** The right that an action takes, of whoever lets it go on. @throws OpsError('refused.permission') */
export function requireActionRight(
  context: CommandContext,
  request: Pick<ActionRequest, 'action' | 'site' | 'deployment'>,
): void {
  const { action, site, deployment } = request;
  if (isSiteWide(action)) requireSite(context, 'operate', site);
  else requireRight(context, action === 'deploy' ? 'deploy' : 'operate', site, deployment);
}

/** Why there is nothing to bring up; undefined where there is, or where it cannot be told. */
async function needlessAt(request: ActionRequest, { jobs }: CommandContext): Promise<string | undefined> {
  const { action, site, deployment, service } = request;
  if (action === 'start-runner') {
    const report = await jobs.look({ kind: 'look', look: 'runner', site, words: {} }, LOOK_TIMEOUT_MS);
    const seen = seenOfReport(report);
    return levelOf(seen) === 'fail' ? undefined : gistOf(seen);
  }
  const [status] = await jobs.status({ kind: 'status', site, deployment }, LOOK_TIMEOUT_MS);
  const up =
    service === undefined
      ? status?.condition === 'running'
      : status?.services.some((one) => one.service === service && one.condition === 'running');
  return up === true ? 'runs already' : undefined;
}
