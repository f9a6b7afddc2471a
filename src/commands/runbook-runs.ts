import { OpsError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import type { ActionRequest } from '../core/request.ts';
import { filled, type Runbook } from '../core/runbook.ts';
import { DEPLOYMENTS } from '../core/target.ts';
import { newJobId } from '../queue/job-id.ts';
import { beginRunbook } from '../runbooks/begin.ts';
import { advanceRunbook, choicesOf, isRunbookOver, openQuestion, type RunbookRun } from '../runbooks/run.ts';
import type { CommandContext, Reply } from './command.ts';
import { requireAnywhere } from './maintenance-windows.ts';
import { requireSite } from './rights.ts';
import { requireActionRight } from './runbook-step.ts';
import { refuseInMaintenance } from './submit.ts';

/** A wish to run a runbook. */
export interface RunbookInput {
  readonly name: string;
  readonly site?: string;
  readonly values: Readonly<Record<string, string>>;
  readonly reason?: string;
  readonly duringMaintenance?: string;
}

/** @throws OpsError('usage.argument') with the nearest name */
export function runbookNamed({ directory }: CommandContext, name: string): Runbook {
  const found = directory.runbooks.find((runbook) => runbook.name === name);
  if (found !== undefined) return found;
  const names = directory.runbooks.map((runbook) => runbook.name);
  const near = nearest(name, names);
  throw new OpsError(
    'usage.argument',
    `there is no runbook "${name}", expected ${names.join(' | ')}${near === undefined ? '' : `; did you mean ${near}?`}`,
  );
}

/**
 * Begins a run. A runbook runs once at a time at a site.
 * @throws OpsError usage.argument, refused.permission, refused.maintenance, refused.busy before anything is done
 */
export async function runRunbook(context: CommandContext, wish: RunbookInput): Promise<Reply> {
  const { jobs, caller, directory, now } = context;
  const runbook = runbookNamed(context, wish.name);
  const site = siteOf(runbook, wish.site);
  requireSite(context, 'read', site);
  const run = beginRunbook({
    id: `rb-${newJobId(now())}`,
    runbook,
    site,
    values: wish.values,
    caller,
    intentions: await jobs.intended(),
    ...(wish.reason === undefined ? {} : { reason: wish.reason }),
    ...(wish.duringMaintenance === undefined ? {} : { duringMaintenance: wish.duringMaintenance }),
    now: now(),
  });
  await requireAhead(context, run);
  if (await jobs.runbooks.add(run)) return { kind: 'runbook', run, channel: directory.channel(site) };
  const other = (await jobs.runbooks.live()).find((one) => one.runbook === run.runbook && one.site === site);
  const id = other?.id ?? 'RUN';
  throw new OpsError(
    'refused.busy',
    `${other?.caller.name ?? 'somebody'} is running ${run.runbook} at ${site} already: ${id}`,
    { next: `Follow it with \`/jaws runbook show ${id}\`, or end it with \`/jaws runbook cancel ${id}\`.` },
  );
}

function siteOf(runbook: Runbook, given: string | undefined): string {
  const [only, ...more] = runbook.sites;
  if (given !== undefined) return given;
  if (only !== undefined && more.length === 0) return only;
  throw new OpsError(
    'usage.argument',
    `runbook ${runbook.name}: SITE is missing, expected ${runbook.sites.join(' | ')}`,
  );
}

/**
 * Makes a choice at the question a run waits with; the run goes on in the name of whoever chose.
 * @param choice its number, counted from 1, or its label
 * @param at which step the question is; the open one when absent
 */
export async function answerRunbook(
  context: CommandContext,
  id: string,
  choice: string,
  at?: number,
): Promise<Reply> {
  const { jobs, caller, directory, now } = context;
  const run = await runNamed(context, id);
  requireAnywhere(context, changes(run) ? 'operate' : 'read', run.site);
  const open = openQuestion(run);
  if (open === undefined || (at !== undefined && open.at !== at))
    throw new OpsError(
      'job.ended',
      `runbook run ${id} does not wait for this answer${isRunbookOver(run) ? `: it has ${run.status}` : ''}`,
      {
        next: `Type \`/jaws runbook show ${id}\` to see how it stands.`,
      },
    );
  const choices = choicesOf(open.step);
  const chosen = choices.find(
    ({ label }, i) => choice === String(i + 1) || label.toLowerCase() === choice.toLowerCase(),
  );
  if (chosen === undefined)
    throw new OpsError(
      'usage.argument',
      `got "${choice.slice(0, 60)}", expected ${choices.map(({ label }, i) => `${i + 1} (${label})`).join(' | ')}`,
    );
  const next = advanceRunbook(run, {
    type: 'answered',
    step: open.at,
    choice: chosen,
    by: caller,
    at: now(),
  });
  if (!isRunbookOver(next)) await requireAhead(context, next);
  if (await jobs.runbooks.save(next))
    return { kind: 'runbook', run: next, channel: directory.channel(run.site) };
  throw new OpsError('refused.busy', `somebody else has just answered ${id}`, {
    next: `Type \`/jaws runbook show ${id}\` to see how it goes on.`,
  });
}

/** Ends a run, and the job it has under way. */
export async function cancelRunbook(context: CommandContext, id: string): Promise<Reply> {
  const { jobs, caller, directory, now } = context;
  for (;;) {
    const run = await runNamed(context, id);
    requireAnywhere(context, changes(run) ? 'operate' : 'read', run.site);
    if (isRunbookOver(run)) throw new OpsError('job.ended', `runbook run ${id} has ended: ${run.status}`);
    const job = run.steps.find(({ status, queued }) => status === 'running' && queued === true);
    const next = advanceRunbook(run, { type: 'cancelled', by: caller, at: now() });
    if (!(await jobs.runbooks.save(next))) continue;
    // A job that has ended in between needs no cancelling.
    if (job?.jobId !== undefined) await jobs.cancel(job.jobId, caller).catch(() => undefined);
    return { kind: 'runbook', run: next, channel: directory.channel(run.site) };
  }
}

/** @throws OpsError('job.unknown') */
export async function runNamed({ jobs }: CommandContext, id: string): Promise<RunbookRun> {
  const found = await jobs.runbooks.find(id);
  if (found !== undefined) return found.run;
  throw new OpsError('job.unknown', `no run of a runbook has the id ${id}`, {
    next: 'Type `/jaws runbook runs` for the known ones.',
  });
}

/** Whether a run does more than look. */
export function changes({ steps }: RunbookRun): boolean {
  return steps.some(({ step }) => step.kind === 'action' || (step.kind === 'command' && step.changes));
}

/**
 * Whether the caller may do all that comes before the next question, and the site is not closed to it: asked before
 * the first of it is done.
 */
async function requireAhead(context: CommandContext, run: RunbookRun): Promise<void> {
  for (const { step, status, deployment } of run.steps) {
    if (status !== 'pending') continue;
    if (step.kind === 'question') return;
    if (step.kind === 'link' || step.kind === 'look' || (step.kind === 'command' && !step.changes)) continue;
    const name = deployment === undefined ? 'prod' : filled(deployment, run.values);
    const known = DEPLOYMENTS.find((one) => one === name);
    if (known === undefined) continue;
    const { duringMaintenance } = run;
    const request: ActionRequest = {
      kind: 'action',
      action: step.kind === 'action' ? step.action : 'command',
      site: run.site,
      deployment: known,
      dryRun: false,
      ...(duringMaintenance === undefined ? {} : { duringMaintenance }),
    };
    requireActionRight(context, request);
    await refuseInMaintenance(context, request);
  }
}
