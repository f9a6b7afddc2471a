import { OpsError } from '../core/errors.ts';
import type { RunResult } from '../core/transport.ts';
import { createBackoff } from '../remote/backoff.ts';

export interface AskAgainOptions {
  /** Whether the site has answered this run before. */
  readonly answered: boolean;
  /** How long the site may be out of reach, in milliseconds. */
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

/**
 * Asks a site something that changes nothing, again whenever the connection is lost over it. A site that does not
 * answer at all is waited for only once it has answered: a command to one that is down is answered soon.
 * @throws the reason of an abort; OpsError `site.*` as `ask` does
 */
export async function askAgain(ask: () => Promise<RunResult>, options: AskAgainOptions): Promise<RunResult> {
  const { signal } = options;
  const backoff = createBackoff(options.limitMs);
  let { answered } = options;
  for (;;) {
    let lost: RunResult | OpsError;
    try {
      lost = await ask();
      if (lost.exit.kind !== 'lost') return lost;
      answered = true;
    } catch (error) {
      if (!answered || !(error instanceof OpsError) || error.code !== 'site.unreachable') throw error;
      lost = error;
    }
    signal.throwIfAborted();
    if (await backoff.wait(signal)) continue;
    if (lost instanceof OpsError) throw lost;
    return lost;
  }
}
