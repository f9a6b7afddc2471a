import type { Decision } from '../core/approval.ts';
import type { Intention } from '../core/intention.ts';
import type { Lock } from '../core/lock.ts';
import type { LookRequest, Report } from '../core/look.ts';
import type { StepId } from '../core/plan.ts';
import type { ActionRequest, Caller, StatusRequest } from '../core/request.ts';
import type { JobFate, RunState } from '../core/run.ts';
import type { TargetStatus } from '../core/service.ts';
import type { Window } from '../core/window.ts';
import type { Audit } from './audit.ts';
import type { Locks } from './locks.ts';
import type { MessageRef } from './message-ref.ts';
import type { RunbookRuns } from './runbooks.ts';
import type { ScheduleView } from './schedules.ts';
import type { Windows } from './windows.ts';

/** A job as others see it. */
export interface JobView {
  readonly state: RunState;
  readonly message?: MessageRef;
  /** Highest `seq` that the message is known to show. */
  readonly shownSeq?: number;
}

export type Submitted =
  | { readonly kind: 'queued'; readonly job: JobView }
  /** Another job holds the target: nothing was queued, this is the one that runs or waits. */
  | { readonly kind: 'busy'; readonly job: JobView };

/** What became of a decision: of several on one plan the first counts. */
export interface Decided {
  /** False when somebody else was first; `decision` is theirs then. */
  readonly first: boolean;
  readonly decision: Decision;
  readonly job: JobView;
}

/** The asking side: bot and command line. Rejects with OpsError('queue.unavailable') within seconds when Redis is away. */
export interface Jobs {
  /**
   * @param jobId an id of `newJobId` that the job gets; the same one given again finds that job and queues
   *   nothing
   */
  submit(request: ActionRequest, caller: Caller, jobId?: string): Promise<Submitted>;
  find(jobId: string): Promise<JobView | undefined>;
  /** Newest first; running and waiting ones before ended ones. */
  list(filter: { site?: string; deployment?: string; limit: number }): Promise<readonly JobView[]>;
  /** Asks the site's worker; answers one status per deployment. A site without worker is answered as `unknown`. */
  status(request: StatusRequest, timeoutMs: number): Promise<readonly TargetStatus[]>;
  /** Asks the site's worker something else that changes nothing. Never rejects for a site that gives no answer: the report says so. */
  look(request: LookRequest, timeoutMs: number): Promise<Report>;
  /**
   * Asks for the end of a run; the run itself ends as `cancelled` once nothing of it is left at the site.
   * Rejects with OpsError('job.unknown') for an id nobody knows and ('job.ended') for a run that is over.
   */
  cancel(jobId: string, caller: Caller): Promise<JobView>;
  /**
   * Says yes or no to the plan of a run that waits for a second person, once and for all. Who may is not asked here.
   * Rejects with OpsError('job.unknown'), and ('refused.approval') for a run that does not wait, for another plan than
   * it has now, or when its time is over.
   * @param planHash the plan meant, whole or its beginning; the one it has now when absent
   */
  decide(jobId: string, decision: Decision, planHash?: string): Promise<Decided>;
  /** Remembers where a run is shown. */
  attach(jobId: string, message: MessageRef): Promise<void>;
  /** Remembers what the message shows, so that a restarted bot knows what is left to render. */
  shown(jobId: string, seq: number): Promise<void>;
  /** Jobs whose message does not show their last state yet, for the bot's boot. */
  unshown(): Promise<readonly JobView[]>;
  /** Whole output of a step, redacted, at most 256 KiB (head and tail kept). */
  output(jobId: string, step: StepId): Promise<string | undefined>;
  /** Calls back with each new snapshot of any job, in order per job, until the returned function is called. */
  watch(listener: (state: RunState) => void): Promise<() => Promise<void>>;
  /** Runs of runbooks. */
  readonly runbooks: RunbookRuns;
  /** Maintenance windows and what was said about them. */
  readonly windows: Windows;
  /** The record of what was said and done. */
  readonly audit: Audit;
  /** Locks on targets, and what is to be said of them. */
  readonly locks: Locks;
  /** What should be up, per target that was ever acted on. */
  intended(): Promise<readonly Intention[]>;
  /** Everything that recurs, with its next run. */
  schedules(): Promise<readonly ScheduleView[]>;
  /** Sites for which a worker has been seen in the last 30 s. */
  workers(): Promise<readonly string[]>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** A run that has ended, as it is needed to go on from it. */
export interface EarlierRun {
  readonly state: RunState;
  readonly memory: Readonly<Record<string, unknown>>;
}

/** What a worker is handed to carry a run out. */
export interface RunContext {
  readonly jobId: string;
  readonly request: ActionRequest;
  readonly caller: Caller;
  readonly queuedAt: number;
  /** The last snapshot when an earlier worker was lost, so that the run goes on where it was. */
  readonly previous?: RunState;
  /** What an earlier attempt remembered with {@link remember}. Holds no secret. */
  readonly memory: Readonly<Record<string, unknown>>;
  /** 1 for the first worker that takes the job up, 2 after it was lost, … */
  readonly attempt: number;
  /** Aborted on cancel, on shutdown and when the queue's lock is lost. */
  readonly signal: AbortSignal;
  /** What a second person has said to a plan of this job. */
  decision(planHash: string): Promise<Decision | undefined>;
  /** The locks on record, of every target. */
  locks(): Promise<readonly Lock[]>;
  /** The maintenance windows on record, of every site. */
  windows(): Promise<readonly Window[]>;
  /** What became of another job of the same target. */
  fate(jobId: string): Promise<JobFate>;
  /** Another job of the same target, or undefined when it is not on record any more. */
  earlier(jobId: string): Promise<EarlierRun | undefined>;
  report(state: RunState): Promise<void>;
  remember(memory: Record<string, unknown>): Promise<void>;
  saveOutput(step: StepId, text: string): Promise<void>;
}

/** The answering side: implemented by `run/`, called by the queue's workers. */
export interface Handlers {
  /**
   * Carries one action out and resolves with its final state; a failed run is a state, not a rejection. Resolves with
   * `awaiting` when a second person has to decide first: the run is then taken up again after the decision, or at the
   * end of the time for it.
   */
  action(context: RunContext): Promise<RunState>;
  status(request: StatusRequest, signal: AbortSignal): Promise<readonly TargetStatus[]>;
  /** Never rejects for a site that cannot be reached. What it resolves with is redacted. */
  look(request: LookRequest, signal: AbortSignal): Promise<Report>;
}
