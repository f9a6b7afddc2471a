import type { Finding } from '../core/finding.ts';
import type { Caller } from '../core/request.ts';
import type { StepStatus } from '../core/run.ts';
import type { RunbookChoice, RunbookStep } from '../core/runbook.ts';

/** `waiting`: for a person's choice. */
export type RunbookStatus = 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled';

/** Something a look found, short enough to be kept: `dev`, `running, 4/4`. */
export interface Seen {
  readonly subject: string;
  readonly level: Finding['level'];
  readonly text: string;
}

/** One step of a run: a step of the runbook, for one deployment where it is done for several. */
export interface RunbookStepState {
  readonly step: RunbookStep;
  /** Place of the step in the runbook's file, counted from 0. */
  readonly index: number;
  /** Deployment it is done for; may still hold `{{name}}`. */
  readonly deployment?: string;
  readonly title: string;
  readonly status: StepStatus;
  /** Milliseconds since the epoch. */
  readonly startedAt?: number;
  readonly finishedAt?: number;
  /** One line: what came of it, or why it is not done. */
  readonly detail?: string;
  /** Id that the job of the step has, fixed before the job is queued. */
  readonly jobId?: string;
  /** Whether the job is known to have been queued: then it is never queued again. */
  readonly queued?: boolean;
  readonly seen?: readonly Seen[];
}

/** One run of a runbook: a whole picture, kept in Redis. Holds no secret. */
export interface RunbookRun {
  readonly id: string;
  /** Grows by one with each change; a change is kept only on top of the one before it. */
  readonly seq: number;
  readonly runbook: string;
  readonly title: string;
  readonly site: string;
  readonly values: Readonly<Record<string, string>>;
  /** Who began it. */
  readonly caller: Caller;
  /** Who let it go on last: with whose name its jobs are queued. */
  readonly actor: Caller;
  readonly reason?: string;
  readonly duringMaintenance?: string;
  readonly status: RunbookStatus;
  readonly startedAt: number;
  readonly finishedAt?: number;
  readonly steps: readonly RunbookStepState[];
  /** Why it ended before its last step, in one line. */
  readonly ended?: string;
}

/** What happens during a run. `at` in milliseconds since the epoch, `step` is a place in `steps`. */
export type RunbookEvent = { readonly at: number } & (
  | { readonly type: 'step-started'; readonly step: number; readonly jobId?: string; readonly title?: string }
  | { readonly type: 'job-queued'; readonly step: number }
  | { readonly type: 'step-noted'; readonly step: number; readonly detail: string }
  | {
      readonly type: 'step-finished';
      readonly step: number;
      readonly status: 'ok' | 'warned' | 'failed' | 'skipped';
      readonly detail?: string;
      readonly seen?: readonly Seen[];
    }
  | { readonly type: 'answered'; readonly step: number; readonly choice: RunbookChoice; readonly by: Caller }
  | { readonly type: 'cancelled'; readonly by: Caller }
);

export function isRunbookOver({ status }: RunbookRun): boolean {
  return status !== 'running' && status !== 'waiting';
}

/** The step that is under way or comes next, with its place; undefined when none is left. */
export function currentStep(
  run: RunbookRun,
): { readonly at: number; readonly state: RunbookStepState } | undefined {
  if (isRunbookOver(run)) return undefined;
  const at = run.steps.findIndex(({ status }) => status === 'running' || status === 'pending');
  const state = run.steps[at];
  return state === undefined ? undefined : { at, state };
}

/** The question a run waits with; undefined when it waits for nobody. */
export function openQuestion(run: RunbookRun):
  | {
      readonly at: number;
      readonly state: RunbookStepState;
      readonly step: Extract<RunbookStep, { kind: 'question' }>;
    }
  | undefined {
  const current = run.status === 'waiting' ? currentStep(run) : undefined;
  if (current === undefined || current.state.step.kind !== 'question') return undefined;
  return { ...current, step: current.state.step };
}

/** What can be chosen at a question: one of its choices, or the end of the run where none of them is that. */
export function choicesOf({ choices }: Extract<RunbookStep, { kind: 'question' }>): readonly RunbookChoice[] {
  return choices.some(({ end }) => end !== undefined) ? choices : [...choices, END];
}

const END: RunbookChoice = { label: 'End here', set: {}, end: 'cancelled', yes: false };

/**
 * Folds one event into a run. Pure. An event that does not fit the run, because another has come before it, gives the
 * very same run back.
 */
export function advanceRunbook(run: RunbookRun, event: RunbookEvent): RunbookRun {
  if (isRunbookOver(run)) return run;
  const next: RunbookRun = { ...run, seq: run.seq + 1 };
  if (event.type === 'cancelled') return over(next, 'cancelled', event.at, `cancelled by ${event.by.name}`);
  const state = run.steps[event.step];
  if (state === undefined || currentStep(run)?.at !== event.step) return run;
  switch (event.type) {
    case 'step-started': {
      if (state.status !== 'pending') return run;
      const { jobId, title } = event;
      const started = withStep(next, event.step, {
        ...state,
        status: 'running',
        startedAt: event.at,
        ...(jobId === undefined ? {} : { jobId }),
        ...(title === undefined ? {} : { title }),
      });
      return state.step.kind === 'question' ? { ...started, status: 'waiting' } : started;
    }
    case 'job-queued':
      return state.status !== 'running' || state.queued === true
        ? run
        : withStep(next, event.step, { ...state, queued: true });
    case 'step-noted':
      return state.status !== 'running' || state.detail === event.detail
        ? run
        : withStep(next, event.step, { ...state, detail: event.detail });
    case 'step-finished': {
      const { detail, seen } = event;
      const status = event.status === 'failed' && state.step.onFailure === 'note' ? 'warned' : event.status;
      return closed(
        withStep(next, event.step, {
          ...finished(state, status, event.at, detail),
          ...(seen === undefined ? {} : { seen }),
        }),
        event.step,
        event.at,
      );
    }
    case 'answered': {
      if (run.status !== 'waiting' || state.step.kind !== 'question') return run;
      const { choice, by } = event;
      const answered: RunbookRun = {
        ...withStep(next, event.step, finished(state, 'ok', event.at, `${choice.label} (${by.name})`)),
        status: 'running',
        actor: by,
        values: { ...run.values, ...choice.set },
      };
      if (choice.end === 'cancelled')
        return over(answered, 'cancelled', event.at, `ended by ${by.name}: ${choice.label}`);
      if (choice.end === 'succeeded')
        return over(answered, verdictOf(answered), event.at, `ended by ${by.name}: ${choice.label}`);
      return closed(answered, event.step, event.at);
    }
  }
}

/** After a step: the end where it has failed for good or was the last. */
function closed(run: RunbookRun, at: number, now: number): RunbookRun {
  const state = run.steps[at];
  if (state?.status === 'failed' && state.step.onFailure === 'stop')
    return over(run, 'failed', now, `${state.title} failed`);
  return currentStep(run) === undefined ? over(run, verdictOf(run), now) : run;
}

function verdictOf(run: RunbookRun): 'succeeded' | 'failed' {
  return run.steps.some(({ status }) => status === 'failed') ? 'failed' : 'succeeded';
}

/** The run at its end: what had not begun is not done, what was under way is left as it is at the site. */
function over(
  run: RunbookRun,
  status: 'succeeded' | 'failed' | 'cancelled',
  at: number,
  ended?: string,
): RunbookRun {
  return {
    ...run,
    status,
    finishedAt: at,
    ...(ended === undefined ? {} : { ended }),
    steps: run.steps.map((state) => {
      if (state.status === 'pending') return { ...state, status: 'skipped' };
      if (state.status === 'running') return finished(state, 'failed', at, state.detail ?? 'broken off');
      return state;
    }),
  };
}

function finished(
  state: RunbookStepState,
  status: 'ok' | 'warned' | 'failed' | 'skipped',
  at: number,
  detail: string | undefined,
): RunbookStepState {
  const { detail: _noted, ...rest } = state;
  return { ...rest, status, finishedAt: at, ...(detail === undefined ? {} : { detail }) };
}

function withStep(run: RunbookRun, at: number, state: RunbookStepState): RunbookRun {
  return { ...run, steps: run.steps.map((known, i) => (i === at ? state : known)) };
}
