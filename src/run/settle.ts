import type { ErrorCode } from '../core/errors.ts';
import type { Finding } from '../core/finding.ts';
import { isAct } from '../core/plan.ts';
import type { RunState, StepState } from '../core/run.ts';
import type { EarlierRun } from '../queue/api.ts';
import { DECIDED, decideStep, lookAtStep, type StepOutcome } from '../remote/step-outcome.ts';
import type { Running, Settled } from './running.ts';

/** What can be said before a run goes on from an earlier one: how its step ended, or why nobody knows. */
export type Judged =
  | { readonly settled: Settled }
  | {
      readonly code: Extract<ErrorCode, 'refused.busy' | 'refused.lost'>;
      readonly finding: Finding;
    };

/** The step that a run began and of which it is not on record that it did its work. */
export function openStep({ steps }: RunState): StepState | undefined {
  return steps.find(
    ({ id, startedAt, status }) =>
      isAct(id) && startedAt !== undefined && status !== 'ok' && status !== 'warned',
  );
}

/**
 * Asks the site how the open step of an earlier run ended: a connection or a worker may have been lost over it, and the
 * site alone knows. Undefined where there is no such step. What a person has decided is put on record at the site.
 * @throws OpsError as `lookAtStep` and `decideStep`
 */
export async function settle(running: Running, earlier: EarlierRun): Promise<Judged | undefined> {
  const { context, parts } = running;
  const { target, connector } = parts;
  const step = openStep(earlier.state);
  if (step === undefined) return undefined;
  const { jobId } = earlier.state;
  const place = { opsDir: target.paths.ops, jobId, step: step.id };
  const site = await connector.connect(target.access, context.signal);
  const judged = judgeStep(earlier.state, step, await lookAtStep(site, place), target.paths.ops);
  if ('settled' in judged || judged.code === 'refused.busy' || context.request.treatAsFailed !== true)
    return judged;
  const { name, id } = context.caller;
  await decideStep(
    site,
    place,
    `${new Date(parts.now()).toISOString()} ${name} (${id}) treat-as-failed ${target.id} step ${step.id} of job ${jobId} job=${context.jobId}`,
  );
  return {
    settled: { step: step.id, done: false, note: `${naming(step, jobId)} is called failed by ${name}` },
  };
}

/** Judges what the site says of a step. Pure. @param opsDir our folder at the site, for people to look into */
export function judgeStep(
  { jobId, problem }: Pick<RunState, 'jobId' | 'problem'>,
  step: Pick<StepState, 'id' | 'title'>,
  outcome: StepOutcome,
  opsDir: string,
): Judged {
  const what = naming(step, jobId);
  const log = `${opsDir}/runs/${jobId}/${step.id}/log`;
  const settled = (done: boolean, how: string): Judged => ({
    settled: { step: step.id, done, note: `${what} ${how}` },
  });
  const refused = (code: 'refused.busy' | 'refused.lost', message: string, next: string): Judged => ({
    code,
    finding: { level: 'fail', subject: 'earlier step', message: `${what} ${message}`, next },
  });
  const unknown = (message: string) =>
    refused(
      'refused.lost',
      message,
      `Look at the site: \`/jaws status\`, and ${log} there. \`/jaws retry ${jobId} --treat-as-failed\` then does the step again.`,
    );
  switch (outcome.kind) {
    case 'ended':
      if (outcome.exit === '0') return settled(true, 'has ended well at the site');
      if (outcome.exit === DECIDED) return settled(false, 'was called failed by a person');
      return settled(
        false,
        /^\d+$/.test(outcome.exit)
          ? `has failed at the site with exit code ${outcome.exit}`
          : `was ended at the site: ${outcome.exit}`,
      );
    case 'unbegun':
      return settled(false, 'never began at the site');
    case 'missing':
      // What an ended run left is removed in time; that it failed is on record then.
      if (problem?.code !== 'step.lost' || step.id === 'stage')
        return settled(false, 'has left nothing at the site');
      return unknown('has left nothing at the site, so nobody knows how it ended');
    case 'gone':
      return unknown('left no exit code at the site and its process is gone, so nobody knows how it ended');
    case 'running':
      if (outcome.elsewhere !== undefined)
        return unknown(
          `was begun ${minutes(outcome.ageSec)} ago on host ${outcome.elsewhere} of the site as process ${outcome.pid}, which cannot be seen from here, and has left no exit code`,
        );
      return refused(
        'refused.busy',
        `still runs at the site as process ${outcome.pid}, for ${minutes(outcome.ageSec)}`,
        `Wait until it has ended, then \`/jaws retry ${jobId}\` looks again; what it does is in ${log} there.`,
      );
  }
}

const naming = ({ title }: Pick<StepState, 'title'>, jobId: string) => `"${title}" of job ${jobId}`;

function minutes(seconds: number): string {
  return seconds < 120 ? `${Math.max(0, seconds)} s` : `${Math.floor(seconds / 60)} min`;
}
