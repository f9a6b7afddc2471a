import type { ErrorCode, Problem } from '../core/errors.ts';
import { isTouched, type RunState } from '../core/run.ts';
import type { Running, RunParts } from './running.ts';

/** What of a run decides whether it is rolled back. */
export interface Undoable extends Pick<Running, 'wasUp'> {
  readonly context: Pick<Running['context'], 'jobId'>;
  readonly parts: Pick<RunParts, 'automaticRollback'>;
  readonly recorder: Pick<Running['recorder'], 'state'>;
}

/** Failures of which it is known how the site stands. Where a step's outcome is unknown, people decide. */
const KNOWN: readonly ErrorCode[] = ['step.failed', 'step.timeout', 'verify.failed'];

/**
 * Id of the job that rolls a run back; undefined when nobody is to be spared the question: for a refusal, a cancel or
 * an unknown outcome, where nothing was touched, where nothing ran before, and where the rollback would need an
 * approval that did not cover it. Always the same id for a run, so that it is queued once.
 */
export function undoingJob(
  { parts, recorder, context, wasUp }: Undoable,
  status: RunState['status'],
  problem: Problem | undefined,
): string | undefined {
  const { automaticRollback } = parts;
  const { state } = recorder;
  if (automaticRollback === undefined || status !== 'failed' || problem === undefined) return undefined;
  if (!KNOWN.includes(problem.code) || !wasUp || state.release === undefined || !isTouched(state))
    return undefined;
  if (automaticRollback === 'approved' && !isCovered(state)) return undefined;
  return `${context.jobId}-rollback`;
}

function isCovered({ approval }: RunState): boolean {
  return approval?.covers === 'rollback' && approval.decision?.verdict === 'approved';
}

/** What the plan says of it, so that nobody is surprised. */
export function automaticNotes({ parts, wasUp }: Running): readonly string[] {
  if (parts.automaticRollback === undefined || !wasUp) return [];
  const covered = parts.automaticRollback === 'approved' ? ', which the approval of this deploy covers' : '';
  return [`rolled back automatically if it fails once services are stopped${covered}`];
}
