import type { ZodType } from 'zod';
import type { Right } from '../config/policy.ts';
import type { Problem } from '../core/errors.ts';
import type { Freeze } from '../core/freeze.ts';
import type { Report } from '../core/look.ts';
import type { Choice, Topic } from '../core/notice.ts';
import type { ActionRequest, Caller } from '../core/request.ts';
import type { RunState } from '../core/run.ts';
import type { Runbook } from '../core/runbook.ts';
import type { TargetStatus } from '../core/service.ts';
import type { Jobs, JobView } from '../queue/api.ts';
import type { RunbookRun } from '../runbooks/run.ts';

/** What a command needs to know about the configured sites; holds no secret. */
export interface Directory {
  readonly sites: readonly string[];
  readonly deployments: readonly string[];
  /** Slack channel of a site, e.g. `#emsl-jgi-coordination`: that of a topic, of its runs when none is named. */
  channel(site: string, topic?: Topic): string;
  readonly runbooks: readonly Runbook[];
  /** IANA time zone of a site. */
  timezone(site: string): string;
  /** Whether the caller may do `right` on a deployment at a site. */
  may(caller: Caller, right: Right, site: string, deployment: string): boolean;
  /** Whether `may` is false only because nobody can say at present who is in a group that has the right. */
  unsure(caller: Caller, right: Right, site: string, deployment: string): boolean;
  /** Ids of the Slack users and user groups whom the policy names as approvers at a target. */
  approvers(
    site: string,
    deployment: string,
  ): { readonly users: readonly string[]; readonly groups: readonly string[] };
  /** The freeze of the policy that forbids an action at an instant. */
  frozen(request: ActionRequest, now: number): Freeze | undefined;
  /** How long a request would wait for a second person's approval, in milliseconds; undefined when it needs none. */
  approvalWithin(request: ActionRequest): number | undefined;
  /** Whether two callers are one person, as far as the policy knows. */
  isSamePerson(a: Caller, b: Caller): boolean;
}

export interface CommandContext {
  readonly caller: Caller;
  readonly directory: Directory;
  readonly jobs: Jobs;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** One positional word of a command. Words with choices are recognised by their value, so their order is free. */
export interface Slot {
  /** Key in the input, e.g. `site`; shown in upper case. */
  readonly name: string;
  readonly required: boolean;
  readonly about: string;
  /** All the values it can have; compared without regard to case. Absent for free text such as a version. */
  choices?(directory: Directory): readonly string[];
  /** Further values that stand for themselves, e.g. `all`; shown as `[SITE|all]`. */
  readonly extra?: readonly string[];
  /** Free text only: whether a word looks so much like it that it may come before the words with choices. */
  resembles?(word: string): boolean;
  /** Free text only: throws OpsError('usage.argument') for a value that cannot be meant. */
  check?(word: string): void;
}

/** An option such as `--dry-run` or `--reason "…"`. */
export interface Flag {
  /** As typed after `--`, e.g. `launch-tool`. */
  readonly name: string;
  /** One letter that may be typed after a single dash, e.g. `n`. */
  readonly short?: string;
  /** Key in the input, e.g. `launchTool`. */
  readonly key: string;
  readonly about: string;
  /** What stands for its value in the usage line; absent for a flag without a value. */
  readonly value?: string;
  readonly choices?: readonly string[];
  /** Throws OpsError('usage.flag') for a value that cannot be meant. */
  check?(value: string): void;
}

/** A command line understood and validated, ready to run. */
export interface Parsed {
  readonly command: string;
  /** What was understood: plain data of the command's schema, fit for a Slack button. */
  readonly input: Readonly<Record<string, unknown>>;
  run(context: CommandContext): Promise<Reply>;
}

/** A word of a command line; `quoted` words are never taken for a site or a flag. */
export interface Token {
  readonly text: string;
  readonly quoted: boolean;
}

/** A subcommand as the registry, help and both front ends see it. Made with `defineCommand`. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** e.g. `deploy DEPLOYMENT SITE [VERSION] [--dry-run]`. */
  readonly usage: string;
  readonly slots: readonly Slot[];
  readonly flags: readonly Flag[];
  readonly examples: readonly string[];
  /** The least right it needs somewhere; a command without one is for everybody. */
  readonly right?: Right;
  readonly schema: ZodType;
  /** @throws OpsError `usage.*` */
  parse(tokens: readonly Token[], directory: Directory): Parsed;
  /** The same from input data. @throws OpsError('usage.argument') when the data is not of the schema. */
  prepare(input: unknown): Parsed;
}

/**
 * The answer of a command, as data. Slack and the terminal each have one renderer for it.
 * `run` and `runbook` stand for one live message in the site's channel.
 */
export type Reply =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'help';
      readonly entries: readonly { readonly usage: string; readonly summary: string }[];
      readonly details?: readonly string[];
    }
  | { readonly kind: 'run'; readonly state: RunState; readonly channel: string }
  | { readonly kind: 'runbook'; readonly run: RunbookRun; readonly channel: string }
  | { readonly kind: 'busy'; readonly job: JobView }
  | {
      readonly kind: 'status';
      readonly targets: readonly TargetStatus[];
      /** What the caller may do about it. */
      readonly choices?: readonly Choice[];
    }
  | { readonly kind: 'jobs'; readonly jobs: readonly JobView[] }
  | { readonly kind: 'report'; readonly report: Report }
  /** Data for a program: the whole document at a terminal, a file in Slack. */
  | { readonly kind: 'export'; readonly title: string; readonly data: unknown }
  | { readonly kind: 'offer'; readonly report: Report; readonly choices: readonly Choice[] }
  | {
      readonly kind: 'problem';
      readonly problem: Problem;
      /** What may be done about it. */
      readonly choices?: readonly Choice[];
    };
