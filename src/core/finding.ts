/** One result of a check before or after an action. Only `fail` stops a deploy. */
export interface Finding {
  readonly level: 'ok' | 'warn' | 'fail';
  /** What was looked at, e.g. `account`, `python`, `port 64101`. */
  readonly subject: string;
  /** What was found, and what was expected when the level is not `ok`. */
  readonly message: string;
  /** What to do next; required reading for `fail`. */
  readonly next?: string;
}
