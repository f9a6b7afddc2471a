import type { Approval } from '../core/approval.ts';
import { OpsError, problemOf } from '../core/errors.ts';
import type { Plan } from '../core/plan.ts';
import type { RunState } from '../core/run.ts';
import { describePlan } from '../plan/describe.ts';
import { filesDiff } from '../plan/looks/diff.ts';
import type { RunContext } from '../queue/api.ts';
import { isTried } from './end.ts';
import { Ending } from './failure.ts';
import { earlierRun } from './retry.ts';
import type { Running } from './running.ts';

/** Time a site may take to tell its files, in milliseconds. */
const DIFF_MS = 60_000;

/**
 * What was said to the plan that an interrupted or put aside run showed last, as far as it is not in its state yet.
 */
export async function newDecision(context: RunContext): Promise<Approval['decision']> {
  const { approval, status } = context.previous ?? {};
  if (status !== 'awaiting' || approval === undefined) return undefined;
  return context.decision(approval.hash);
}

/**
 * Ends a run that was put aside and that nobody has approved.
 * @throws Ending `refused` when it was rejected, or when its time is over
 */
export function refuseUnapproved({ approval, target }: RunState, now: number): void {
  if (approval === undefined) return;
  const { decision, until } = approval;
  if (decision?.verdict === 'rejected') {
    const why = decision.reason === undefined ? '' : `: ${decision.reason}`;
    throw new Ending(
      'refused',
      new OpsError('refused.approval', `${target}: rejected by ${decision.by.name}${why}`, {
        next: 'Nothing was changed at the site. Talk to them, then ask for it again.',
      }),
    );
  }
  if (decision === undefined && now >= until) {
    throw new Ending('refused', new OpsError('refused.approval', `${target}: nobody approved it in time`));
  }
}

/**
 * Whether a plan still needs somebody's word. If so the run is `awaiting` afterwards, its plan and what would change
 * are on show, and nothing was changed. A run that has begun to change its site was approved before.
 */
export async function awaitsApproval(running: Running, plan: Plan): Promise<boolean> {
  const { context, parts, recorder } = running;
  const { approval: needed } = parts;
  if (needed === undefined || isTried(recorder.state)) return false;
  const decision = await context.decision(plan.hash);
  if (decision?.verdict === 'approved') return false;
  // What goes on from a failed step of the very plan that was approved has nothing new to be looked at.
  const earlier = (await earlierRun(running))?.state.approval;
  if (earlier?.decision?.verdict === 'approved' && earlier.hash === plan.hash) return false;
  const before = recorder.state.approval;
  const { changes, text } = await changesOf(running, plan);
  await context.saveOutput('check', `${describePlan(plan)}${text === '' ? '' : `\n\n${text}`}`);
  // The look before the approval says nothing about the site after it: it is looked at again then.
  const { observation: _seen, ...memory } = context.memory;
  await context.remember({ ...memory, rests: restsOf(context) + 1 });
  const changed = before !== undefined && before.hash !== plan.hash;
  const until =
    before === undefined || before.decision !== undefined ? parts.now() + needed.withinMs : before.until;
  const covers = parts.automaticRollback === 'approved' && running.wasUp;
  await recorder.emit({
    type: 'awaiting',
    approval: { hash: plan.hash, until, changes, changed, ...(covers ? { covers: 'rollback' } : {}) },
  });
  return true;
}

/** How often a run was put aside for an approval: those were no lost workers. */
export function restsOf({ memory }: Pick<RunContext, 'memory'>): number {
  const { rests } = memory;
  return typeof rests === 'number' ? rests : 0;
}

/** What would change at the site: a line each, and the difference of the files in full. */
async function changesOf(
  { parts, context }: Running,
  plan: Plan,
): Promise<{ readonly changes: readonly string[]; readonly text: string }> {
  const files = plan.steps.flatMap((step) => step.files).filter(({ transient }) => transient !== true);
  if (files.length === 0) return { changes: [], text: '' };
  try {
    const fact = filesDiff(parts.target, files);
    const transport = await parts.connector.connect(parts.target.access, context.signal);
    const options = { timeoutMs: DIFF_MS, signal: context.signal };
    const { exit, stdout } = await transport.run(fact.script, options);
    const report = parts.redactor.deep(fact.parse(stdout, exit.kind === 'exit' ? exit.code : 1));
    return { changes: [report.title, ...changedFiles(report.text)], text: report.text ?? '' };
  } catch (error) {
    context.signal.throwIfAborted();
    return { changes: [`what changes in the files is not known: ${problemOf(error).message}`], text: '' };
  }
}

const MOST_NAMES = 6;

/** e.g. `changed: supervisor.jaws.conf (+2 −1)`: enough to see whether it is what was expected. */
function changedFiles(text = ''): readonly string[] {
  const parts = text.split(/\n\n(?=--- )/).filter((part) => part.startsWith('--- '));
  const names = parts.map((part) => {
    const [head = '', , ...lines] = part.split('\n');
    const count = (mark: string) => lines.filter((line) => line.startsWith(mark)).length;
    const name =
      head
        .replace(/^--- /, '')
        .replace(/ \(at the host\)$/, '')
        .split('/')
        .at(-1) ?? '';
    return `${name} (+${count('+')} −${count('-')})`;
  });
  if (names.length === 0) return [];
  const more = names.length > MOST_NAMES ? `, and ${names.length - MOST_NAMES} more` : '';
  return [`changed: ${names.slice(0, MOST_NAMES).join(', ')}${more}`];
}
