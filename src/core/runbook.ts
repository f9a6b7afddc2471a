import type { LookName } from './look.ts';
import type { Action } from './request.ts';

/** What an operator does by steps, as data. Texts may hold `{{name}}`, the value of a parameter. */
export interface Runbook {
  /** Name of its file without the ending, e.g. `restart-after-maintenance`. */
  readonly name: string;
  readonly title: string;
  /** When it is used and what it leaves behind. */
  readonly purpose: string;
  /** Sites it can run at; every configured one when its file names none. */
  readonly sites: readonly string[];
  readonly parameters: readonly RunbookParameter[];
  readonly steps: readonly RunbookStep[];
}

/** A value that whoever runs it gives, a question sets, or that has a default. */
export interface RunbookParameter {
  readonly name: string;
  readonly about: string;
  readonly choices?: readonly string[];
  /** A regular expression that the whole value must match. */
  readonly pattern?: string;
  readonly default?: string;
}

/** Which deployments a step is done for: those named, one after another, or those that should be up. */
export type RunbookDeployments = readonly string[] | 'intended';

interface StepBase {
  readonly title: string;
  /** `stop` ends the run; `continue` goes on, and the run has failed in the end; `note` takes it for a warning. */
  readonly onFailure: 'stop' | 'continue' | 'note';
}

/** One of our actions, as a job of its own. */
export interface ActionStep extends StepBase {
  readonly kind: 'action';
  readonly action: Exclude<Action, 'command'>;
  /** Absent for an action on a site as a whole. */
  readonly deployments?: RunbookDeployments;
  /** `intended` is the version on record as meant to be live. */
  readonly version?: string;
  readonly service?: string;
  /** Done only where not everything runs. */
  readonly onlyIfDown: boolean;
}

/** A question to the site that changes nothing. One that finds a failure has failed. */
export interface LookStep extends StepBase {
  readonly kind: 'look';
  readonly look: LookName | 'status';
  /** Absent for a look at a site as a whole. */
  readonly deployments?: RunbookDeployments;
  readonly words: Readonly<Record<string, string>>;
}

/** A shell command at the site. Parameters, `site`, `deployment` and `install` are variables of the shell. */
export interface CommandStep extends StepBase {
  readonly kind: 'command';
  readonly command: string;
  /** A changing one runs as an action does: detached, behind the fence, at most once. */
  readonly changes: boolean;
  /** Of a changing one: a command that changes nothing and ends with 0 when it has had its effect. */
  readonly verify?: string;
  readonly deployments?: RunbookDeployments;
  readonly shell: 'sh' | 'login';
  readonly timeoutSec: number;
}

/** The run stops until a person has chosen. */
export interface QuestionStep extends StepBase {
  readonly kind: 'question';
  readonly question: string;
  readonly choices: readonly RunbookChoice[];
}

export interface RunbookChoice {
  readonly label: string;
  /** Parameters it sets. */
  readonly set: Readonly<Record<string, string>>;
  /** The run ends with this choice. */
  readonly end?: 'succeeded' | 'cancelled';
  /** What `--yes` chooses. */
  readonly yes: boolean;
}

/** Whom to ask or where to read; nothing waits for it. */
export interface LinkStep extends StepBase {
  readonly kind: 'link';
  /** An address or a Slack channel. */
  readonly link: string;
}

export type RunbookStep = ActionStep | LookStep | CommandStep | QuestionStep | LinkStep;

/** Names in the `{{…}}` of a text. */
export function placeholdersIn(text: string): readonly string[] {
  return [...text.matchAll(/\{\{\s*([A-Za-z0-9_-]*)\s*\}\}/g)].map(([, name = '']) => name);
}

/** The text with its parameters filled in; undefined as long as one of them has no value. */
export function filled(text: string, values: Readonly<Record<string, string>>): string | undefined {
  if (placeholdersIn(text).some((name) => values[name] === undefined)) return undefined;
  return text.replace(/\{\{\s*([A-Za-z0-9_-]*)\s*\}\}/g, (_, name: string) => values[name] ?? '');
}

/** What is wrong with a value of a parameter: what was expected; undefined when nothing is. */
export function faultOf(parameter: RunbookParameter, value: string): string | undefined {
  const { choices, pattern } = parameter;
  if (choices !== undefined && !choices.includes(value)) return choices.join(' | ');
  if (pattern !== undefined && !new RegExp(`^(?:${pattern})$`).test(value))
    return `text that matches ${pattern}`;
  return value.length > 200 || /\p{Cc}/u.test(value) ? 'at most 200 characters on one line' : undefined;
}
