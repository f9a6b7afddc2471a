import type { AutomaticRollback } from '../config/rollbacks.ts';
import type { Freeze } from '../core/freeze.ts';
import type { StepId } from '../core/plan.ts';
import type { Redactor } from '../core/redact.ts';
import type { Caller } from '../core/request.ts';
import type { Target } from '../core/target.ts';
import type { Connector } from '../core/transport.ts';
import type { RunContext } from '../queue/api.ts';
import type { Recorder } from './recorder.ts';

/** What a run needs besides its job. */
export interface RunParts {
  readonly target: Target;
  readonly connector: Connector;
  readonly redactor: Redactor;
  /** Whether two callers are one person, as far as the policy knows. */
  isSamePerson(a: Caller, b: Caller): boolean;
  /** The freeze that stands against the action when it begins. */
  readonly freeze?: Freeze;
  /** Set when the action needs a second person: how long it waits for one, in milliseconds. */
  readonly approval?: { readonly withinMs: number };
  /** Set when the action is rolled back without asking should it fail, and on what ground. */
  readonly automaticRollback?: AutomaticRollback;
  /** Name of this worker process, for people. */
  readonly worker: string;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** How the step ended in which an earlier run broke off, as the site has it. */
export interface Settled {
  readonly step: StepId;
  /** True when it has done its work, so that it need not be done again. */
  readonly done: boolean;
  /** One line for people. */
  readonly note: string;
}

/** A run under way: its job, its parts, what has happened so far. */
export interface Running {
  readonly context: RunContext;
  readonly parts: RunParts;
  readonly recorder: Recorder;
  /** The target with the services that the action is about, which are known after the first look. */
  target: Target;
  /** Whether this attempt has taken the lock at the site. */
  holding: boolean;
  /** Steps that the run this one goes on from has done, and that run's job. */
  readonly skips: Map<string, string>;
  /** How the step ended in which the run broke off that this one goes on from. */
  settled?: Settled;
  /** Owner line of a lock that an ended job left at the site. */
  displaces?: string | undefined;
  /** Whether a service was running when the run began. */
  wasUp: boolean;
}

/** The state of one step, as recorded so far. */
export function stepState(running: Running, id: string) {
  return running.recorder.state.steps.find((step) => step.id === id);
}
