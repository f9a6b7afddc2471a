import type { Approval, Decision } from './approval.ts';
import type { Problem } from './errors.ts';
import type { StepId } from './plan.ts';
import type { ActionRequest, Caller } from './request.ts';
import type { TargetStatus } from './service.ts';
import type { TargetId } from './target.ts';

export type StepStatus = 'pending' | 'running' | 'ok' | 'warned' | 'failed' | 'skipped';
/** `awaiting`: its plan is made and waits for a second person; nothing is changed yet. */
export type RunStatus = 'queued' | 'running' | 'awaiting' | 'succeeded' | 'failed' | 'refused' | 'cancelled';

/** What the queue knows of a job by its id: nothing at all, that it has ended, or that it waits or runs. */
export type JobFate = 'unknown' | 'ended' | 'live';

export interface StepState {
  readonly id: StepId;
  readonly title: string;
  readonly status: StepStatus;
  /** Milliseconds since the epoch. */
  readonly startedAt?: number;
  readonly finishedAt?: number;
  /** One line: what was found or done, or the first line of the cause of a failure. */
  readonly detail?: string;
  /** Last lines of its output, redacted, at most {@link TAIL_LINES} lines. */
  readonly tail?: readonly string[];
}

export const TAIL_LINES = 12;
const TAIL_LINE_LENGTH = 300;

/** What happens during a run. */
export type RunEvent = { readonly at: number } & (
  | { readonly type: 'started'; readonly attempt: number; readonly worker: string }
  | {
      readonly type: 'planned';
      readonly hash?: string;
      readonly version: string;
      readonly release?: string;
      readonly notes: readonly string[];
      readonly steps: readonly { readonly id: StepId; readonly title: string }[];
    }
  | { readonly type: 'step-started'; readonly step: StepId }
  | { readonly type: 'step-output'; readonly step: StepId; readonly text: string }
  | {
      readonly type: 'step-finished';
      readonly step: StepId;
      readonly status: 'ok' | 'warned' | 'failed' | 'skipped';
      readonly detail?: string;
    }
  | { readonly type: 'observed'; readonly status: TargetStatus }
  | { readonly type: 'awaiting'; readonly approval: Approval }
  | { readonly type: 'decided'; readonly decision: Decision }
  | {
      readonly type: 'finished';
      readonly status: 'succeeded' | 'failed' | 'refused' | 'cancelled';
      readonly problem?: Problem;
      readonly downtimeMs?: number;
      readonly undoneBy?: string;
    }
);

/** A whole picture of a run: every snapshot says all there is to show, so losing one costs nothing. */
export interface RunState {
  readonly jobId: string;
  /** Grows by one with each event; an older snapshot never replaces a newer one. */
  readonly seq: number;
  readonly target: TargetId;
  readonly request: ActionRequest;
  readonly caller: Caller;
  readonly status: RunStatus;
  /** Milliseconds since the epoch. */
  readonly queuedAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  /** How many workers have taken the run up; 1 when none was lost. */
  readonly attempt: number;
  readonly worker?: string;
  readonly planHash?: string;
  /** That it needs a second person, and what that person said. */
  readonly approval?: Approval;
  readonly version?: string;
  /** Name of the release that a deploy installs or a rollback undoes. */
  readonly release?: string;
  readonly notes: readonly string[];
  readonly steps: readonly StepState[];
  /** What the supervisor said last. */
  readonly observed?: TargetStatus;
  readonly problem?: Problem;
  /** Milliseconds between the first stopped and the last started service. */
  readonly downtimeMs?: number;
  /** Id of the job that rolls it back without anybody asking, queued when this one ends. */
  readonly undoneBy?: string;
}

/** The state of a run that waits for a worker. */
export function queuedRun(
  jobId: string,
  request: ActionRequest,
  caller: Caller,
  target: TargetId,
  at: number,
): RunState {
  return {
    jobId,
    seq: 0,
    target,
    request,
    caller,
    status: 'queued',
    queuedAt: at,
    attempt: 0,
    notes: [],
    steps: [],
  };
}

/** Folds one event into a state. Pure; events that name an unknown step change nothing but `seq`. */
export function advance(state: RunState, event: RunEvent): RunState {
  const next: RunState = { ...state, seq: state.seq + 1 };
  switch (event.type) {
    case 'started':
      return {
        ...next,
        status: 'running',
        startedAt: state.startedAt ?? event.at,
        attempt: event.attempt,
        worker: event.worker,
      };
    case 'planned':
      return {
        ...next,
        ...(event.hash === undefined ? {} : { planHash: event.hash }),
        version: event.version,
        ...(event.release === undefined ? {} : { release: event.release }),
        notes: event.notes,
        steps: event.steps.map(
          (step) =>
            state.steps.find((known) => known.id === step.id) ?? {
              id: step.id,
              title: step.title,
              status: 'pending',
            },
        ),
      };
    case 'step-started':
      return withStep(next, event.step, (step) => ({
        ...step,
        status: 'running',
        startedAt: step.startedAt ?? event.at,
      }));
    case 'step-output':
      return withStep(next, event.step, (step) => ({ ...step, tail: tailOf(step.tail ?? [], event.text) }));
    case 'step-finished':
      return withStep(next, event.step, (step) => ({
        ...step,
        status: event.status,
        finishedAt: event.at,
        ...(event.detail === undefined ? {} : { detail: event.detail }),
      }));
    case 'observed':
      return { ...next, observed: event.status };
    case 'awaiting':
      return { ...next, status: 'awaiting', approval: event.approval };
    case 'decided':
      return decided(next, event.decision);
    case 'finished':
      return {
        ...next,
        status: event.status,
        finishedAt: event.at,
        steps: next.steps.map((step) => closed(step, event.at)),
        ...(event.problem === undefined ? {} : { problem: event.problem }),
        ...(event.downtimeMs === undefined ? {} : { downtimeMs: event.downtimeMs }),
        ...(event.undoneBy === undefined ? {} : { undoneBy: event.undoneBy }),
      };
  }
}

/** True when nothing more will happen to the run. */
export function isFinal({ status }: RunState): boolean {
  return status !== 'queued' && status !== 'running' && status !== 'awaiting';
}

/** Steps from which on a deploy or a rollback has touched what was running. */
const TOUCHING: readonly StepId[] = ['stop', 'environment', 'write', 'start'];

/** True when the run has begun to change what was running. */
export function isTouched({ steps }: RunState): boolean {
  return steps.some(({ id, startedAt }) => TOUCHING.includes(id) && startedAt !== undefined);
}

/** True when a worker has the run or will take it as soon as it can; one that waits for a person holds nothing up. */
export function isUnderWay({ status }: RunState): boolean {
  return status === 'queued' || status === 'running';
}

/** An approved run begins anew: what was seen when it was asked for may have changed since. */
function decided(state: RunState, decision: Decision): RunState {
  const { approval, planHash, startedAt, ...rest } = state;
  if (approval === undefined) return state;
  const known = { ...approval, decision };
  if (decision.verdict === 'rejected') return { ...state, approval: known };
  return { ...rest, status: 'queued', steps: [], approval: known };
}

/** A step when its run has ended: what had not begun is skipped, what was under way was broken off. */
function closed(step: StepState, at: number): StepState {
  if (step.status === 'pending') return { ...step, status: 'skipped' };
  if (step.status === 'running')
    return { ...step, status: 'failed', finishedAt: at, detail: step.detail ?? 'broken off' };
  return step;
}

function withStep(state: RunState, id: StepId, change: (step: StepState) => StepState): RunState {
  return { ...state, steps: state.steps.map((step) => (step.id === id ? change(step) : step)) };
}

function tailOf(lines: readonly string[], text: string): string[] {
  const added = text.split('\n').filter((line) => line.trim() !== '');
  return [...lines, ...added.map((line) => line.slice(0, TAIL_LINE_LENGTH))].slice(-TAIL_LINES);
}
