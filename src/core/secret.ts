import { inspect } from 'node:util';

/** What stands where a secret would: in logs, Slack, plans, JSON and stack traces. */
export const MASK = '••••••';

/**
 * A value that must never be shown. Every implicit rendering (string, JSON, `util.inspect`) yields {@link MASK};
 * only {@link Secret.reveal} gives the value, so each place that uses one can be found by searching for `reveal(`.
 */
export class Secret {
  readonly #value: string;
  /** The variable's name, for messages about it, e.g. `JAWS_DB_PW`. */
  readonly name: string;

  constructor(name: string, value: string) {
    this.name = name;
    this.#value = value;
  }

  /** The value itself. Only for the wire and for the content of files with mode 0600. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}

/** A piece of text that may be secret. */
export type Word = string | Secret;

/** The true text of a word. */
export function reveal(word: Word): string {
  return word instanceof Secret ? word.reveal() : word;
}
