import type { ZodType } from 'zod';
import type { Fact } from '../core/fact.ts';
import type { FileSpec } from '../core/file.ts';
import type { Finding } from '../core/finding.ts';
import type { Script } from '../core/script.ts';
import type { Service, ServiceStatus, TargetCondition } from '../core/service.ts';
import type { Configured, LaunchTool, Target } from '../core/target.ts';

/** What a launch tool says of a target. */
export interface Launched {
  readonly condition: TargetCondition;
  readonly services: readonly ServiceStatus[];
  readonly detail?: string;
  /** Last lines of the logs of services that are not running, when the look was a {@link Launcher.settle}. */
  readonly logs?: readonly ServiceLog[];
}

export interface ServiceLog {
  readonly service: string;
  /** Which log, e.g. `site-run-daemon.log` or `stderr`. */
  readonly source: string;
  /** Oldest first; at most 20 after a {@link Launcher.settle}. */
  readonly lines: readonly string[];
}

/**
 * A way to start, stop and observe the services of a target. Pure: it makes scripts and reads their output, and
 * never runs anything. `F` is what it observes. Implementations pass the contract suite in test/contract.
 */
export interface Launcher<F = unknown> {
  readonly kind: LaunchTool;
  /** Schema of the site's `launcher:` block; `kind` is its literal. */
  readonly schema: ZodType<Configured<LaunchTool>>;
  /** The files it needs besides those every site has. */
  files(target: Target): readonly FileSpec[];
  /** Read-only look at the supervisor and the services. */
  observe(target: Target): Fact<F>;
  /** What {@link observe} would say of a site where nothing is installed; for a plan shown without contact. */
  readonly nothing: F;
  /** The same look, repeated on the site until every service is running past its settle time, one has failed, or the limit is reached. */
  settle(target: Target): Fact<F>;
  /** What the facts say about the target. */
  launched(target: Target, facts: F): Launched;
  /** Whether a deploy may go ahead, as far as this tool is concerned. */
  findings(target: Target, facts: F): readonly Finding[];
  /** Time the site may take until {@link settle} answers, in milliseconds. */
  settleTimeoutMs(target: Target): number;
  /** Prepares what the tool itself needs (supervisord's venv, …) beside what runs. Changes nothing that runs. */
  stage(target: Target, facts: F): Script;
  /** Stops our services and only ours; succeeds when they are stopped already. `service` limits it to one. */
  stop(target: Target, facts: F, service?: string): Script;
  /** Brings the tool up when it is down, makes it read our configuration, starts our services. */
  start(target: Target, facts: F, service?: string): Script;
  /** The last lines of what a service wrote, read-only. A tool that keeps nothing besides the service's own log file goes without. */
  logs?(target: Target, service: Service, lines: number): Fact<readonly ServiceLog[]>;
}
