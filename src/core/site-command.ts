/** A command of a runbook as a worker carries it out: its text from the worker's own files, its values from the request. */
export interface SiteCommand {
  readonly title: string;
  readonly command: string;
  readonly verify?: string;
  readonly shell: 'sh' | 'login';
  readonly timeoutMs: number;
  /** Shell variables by name. */
  readonly values: Readonly<Record<string, string>>;
}

/** Which command of which runbook is meant, and the values of its parameters: what travels through Redis in its place. */
export interface CommandRef {
  readonly runbook: string;
  /** Place of the step in the runbook's file, counted from 0. */
  readonly step: number;
  readonly values: Readonly<Record<string, string>>;
}
