import type { Caller } from '../core/request.ts';
import { isFinal, type RunState, type StepState } from '../core/run.ts';
import type { Jobs } from '../queue/api.ts';
import type { MessageRef } from '../queue/message-ref.ts';
import { isRunbookOver, type RunbookRun } from '../runbooks/run.ts';
import type { Style } from './blocks/text.ts';
import { callFor } from './calls.ts';
import { type MessageView, type OutputView, outputView, runbookMessage, runMessage } from './views.ts';

/** A state of something that goes on and is shown as one message. */
export interface Live {
  readonly id: string;
  /** Grows with each change; an older state never replaces a newer one. */
  readonly seq: number;
  readonly isOver: boolean;
  readonly site: string;
  /** When it began, in milliseconds since the epoch: no message of it is older. */
  readonly since: number;
  readonly endedAt?: number;
  /** Who asked for it. */
  readonly caller: Caller;
  /** The same state always gives the same message. */
  view(style: Style): MessageView;
  /** Names what belongs into the thread now; undefined when nothing does. */
  readonly threadDue?: string;
  /** What that is. */
  thread(): Promise<readonly OutputView[]>;
  /** What is remembered of its message. */
  readonly record: {
    message(): Promise<MessageRef | undefined>;
    attach(message: MessageRef): Promise<void>;
    shown(seq: number): Promise<void>;
  };
}

/** A run of an action. @param approvers mentions of those who are called to a plan that waits for approval */
export function liveRun(state: RunState, jobs: Jobs, approvers: readonly string[] = []): Live {
  const { jobId, seq, request, queuedAt, finishedAt, caller } = state;
  return {
    id: jobId,
    seq,
    isOver: isFinal(state),
    site: request.site,
    since: queuedAt,
    ...(finishedAt === undefined ? {} : { endedAt: finishedAt }),
    caller,
    ...threadDue(state),
    view: (style) => runMessage(state, style),
    async thread() {
      const called = callFor(state, approvers);
      const views: OutputView[] = called === undefined ? [] : [called];
      for (const step of stepsWithOutput(state)) {
        const output = await jobs.output(jobId, step.id);
        if (output !== undefined && output.trim() !== '') views.push(outputView(state, step, output));
      }
      return views;
    },
    record: {
      message: async () => (await jobs.find(jobId))?.message,
      attach: (message) => jobs.attach(jobId, message),
      shown: (shown) => jobs.shown(jobId, shown),
    },
  };
}

/** A run of a runbook. */
export function liveRunbook(run: RunbookRun, { runbooks }: Pick<Jobs, 'runbooks'>): Live {
  const { id, seq, site, startedAt, finishedAt, caller } = run;
  return {
    id,
    seq,
    isOver: isRunbookOver(run),
    site,
    since: startedAt,
    ...(finishedAt === undefined ? {} : { endedAt: finishedAt }),
    caller,
    view: (style) => runbookMessage(run, style),
    thread: async () => [],
    record: {
      message: async () => (await runbooks.find(id))?.message,
      attach: (message) => runbooks.attach(id, message),
      shown: (shown) => runbooks.shown(id, shown),
    },
  };
}

/** The output of the end, or the plan that waits for approval. */
function threadDue(state: RunState): { readonly threadDue?: string } {
  if (isFinal(state)) return { threadDue: 'end' };
  return state.status === 'awaiting' ? { threadDue: `plan ${state.approval?.hash ?? ''}` } : {};
}

/** A failed step's output is worth reading, and so is the plan, which a dry run leaves as the output of its check. */
function stepsWithOutput(state: RunState): readonly StepState[] {
  return state.steps.filter(
    ({ id, status }) =>
      status === 'failed' || ((state.request.dryRun || state.status === 'awaiting') && id === 'check'),
  );
}
