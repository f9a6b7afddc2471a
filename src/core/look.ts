import type { Problem } from './errors.ts';
import type { Finding } from './finding.ts';
import type { CommandRef } from './site-command.ts';
import type { Deployment } from './target.ts';

/** Everything that can be asked of a site without changing it, beside how its services are. */
export const LOOKS = [
  'host',
  'command',
  'logs',
  'diff',
  'doctor',
  'queue-wait',
  'runner',
  'cron',
  'cleanup',
  'reservations',
  'certificate',
  'plan',
] as const;
export type LookName = (typeof LOOKS)[number];

/** A question to one site. Only this travels through Redis; a worker of the site answers it with a {@link Report}. */
export interface LookRequest {
  readonly kind: 'look';
  readonly look: LookName;
  readonly site: string;
  /** The target meant; absent for what belongs to the site as a whole. */
  readonly deployment?: Deployment;
  /** Of the look `command`: which one. */
  readonly command?: CommandRef;
  /** The look's own words, e.g. `{service: 'rpc-server', lines: '50'}`. */
  readonly words: Readonly<Record<string, string>>;
}

/** The answer to a question, as data; redacted. Slack and the terminal each have one renderer for it. */
export interface Report {
  /** One line that says what this is and the gist of the answer. */
  readonly title: string;
  readonly findings?: readonly Finding[];
  readonly tables?: readonly {
    readonly title?: string;
    readonly head: readonly string[];
    readonly rows: readonly (readonly string[])[];
  }[];
  /** Text to be shown as it is, e.g. log lines or a diff. */
  readonly text?: string;
  /** Where a text that is too long for its place is cut; the end unless said otherwise. */
  readonly cutFrom?: 'start' | 'end';
  /** Why there is no answer, or only a part of one. */
  readonly problem?: Problem;
  /** One sentence on what to do next. */
  readonly next?: string;
}
