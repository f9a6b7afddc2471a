import type { Script } from './script.ts';

/**
 * Something observed on a site: a read-only script and the parser of what it prints. Facts are gathered together
 * in one round trip; a fact's script must not change anything, must not read stdin and may exit with any code.
 */
export interface Fact<T> {
  /** Unique within one observation, of letters, digits, `.` and `-`. */
  readonly name: string;
  readonly script: Script;
  /** Parses stdout and exit code; throws OpsError('site.output') for what it cannot understand. */
  parse(stdout: string, code: number): T;
}
