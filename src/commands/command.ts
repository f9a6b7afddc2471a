import type { Problem } from '../core/errors.ts';
import type { Caller } from '../core/request.ts';
import type { RunState } from '../core/run.ts';
import type { TargetStatus } from '../core/service.ts';
import type { Jobs, JobView } from '../queue/api.ts';

/** What a command needs to know about the configured sites; holds no secret. */
export interface Directory {
  readonly sites: readonly string[];
  readonly deployments: readonly string[];
  /** Slack channel of a site, e.g. `#emsl-jgi-coordination`. */
  channel(site: string): string;
  /** Whether the caller may do `right` on a deployment at a site. */
  may(
    caller: Caller,
    right: 'read' | 'operate' | 'deploy' | 'approve',
    site: string,
    deployment: string,
  ): boolean;
}

export interface CommandContext {
  readonly caller: Caller;
  readonly directory: Directory;
  readonly jobs: Jobs;
  now(): number;
}

/**
 * The answer of a command, as data. Slack and the terminal each have one renderer for it.
 * `run` stands for one live message in the site's channel.
 */
export type Reply =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'help';
      readonly entries: readonly { readonly usage: string; readonly summary: string }[];
      readonly details?: readonly string[];
    }
  | { readonly kind: 'run'; readonly state: RunState; readonly channel: string }
  | { readonly kind: 'busy'; readonly job: JobView }
  | { readonly kind: 'status'; readonly targets: readonly TargetStatus[] }
  | { readonly kind: 'jobs'; readonly jobs: readonly JobView[] }
  | { readonly kind: 'problem'; readonly problem: Problem };
