import type { CommandRef } from './site-command.ts';
import type { Deployment, InstallMethod, LaunchTool } from './target.ts';

/** What a plan can be made for. */
export const ACTIONS = [
  'deploy',
  'start',
  'stop',
  'restart',
  'rollback',
  'cleanup',
  'install-cron',
  'start-runner',
  'command',
] as const;
export type Action = (typeof ACTIONS)[number];

/** Actions on a site as a whole. They run on the queue of `prod`, which says nothing to people. */
const SITE_WIDE: readonly Action[] = ['install-cron', 'start-runner'];

export function isSiteWide(action: Action): boolean {
  return SITE_WIDE.includes(action);
}

/** A wish to change one target. This, and nothing secret, is what travels through Redis. */
export interface ActionRequest {
  readonly kind: 'action';
  readonly action: Action;
  readonly site: string;
  readonly deployment: Deployment;
  /** Version of JAWS Site; the configured one when absent. */
  readonly version?: string;
  readonly launchTool?: LaunchTool;
  readonly installMethod?: InstallMethod;
  /** Name of one service; all when absent. */
  readonly service?: string;
  /** Release whose deploy a rollback undoes; the last one when absent. */
  readonly undo?: string;
  /** Id of the job that failed and that this one goes on from. */
  readonly retryOf?: string;
  /** Of a retry: a step of which nobody knows how it ended is done again, because a person says so. */
  readonly treatAsFailed?: true;
  /** Of the action `command`: which one. */
  readonly command?: CommandRef;
  /** Id of the deploy that failed and that this rollback undoes without anybody asking; set by the queue alone. */
  readonly automaticAfter?: string;
  readonly dryRun: boolean;
  readonly reason?: string;
  /** Why it is done although the site is in maintenance; without it such an action is refused. */
  readonly duringMaintenance?: string;
  /** Why it is done although it is frozen; without it such an action is refused. */
  readonly duringFreeze?: string;
}

/** A wish to know how targets are. */
export interface StatusRequest {
  readonly kind: 'status';
  readonly site: string;
  /** Every one of the site when absent. */
  readonly deployment?: Deployment;
}

export type Request = ActionRequest | StatusRequest;

/** Who asked, as Slack (or the login name of the command line) knows them. */
export interface Caller {
  readonly id: string;
  readonly name: string;
  readonly via: 'slack' | 'cli';
}
