import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';

/** Whether somebody is there who sees a question and can answer it. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/**
 * Asks on the terminal; what is asked goes to stderr.
 * @param withdrawn the question needs no answer any more
 * @returns what was typed, or undefined when nobody answers: Ctrl-C, the end of input, or a withdrawn question
 */
export async function ask(question: string, withdrawn: AbortSignal): Promise<string | undefined> {
  if (withdrawn.aborted) return undefined;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Readline closes at Ctrl-C and at the end of input; an answer that has not come by then never comes.
  const closed = once(terminal, 'close').then(() => undefined);
  const answer = terminal.question(question, { signal: withdrawn }).catch(() => undefined);
  const typed = await Promise.race([answer, closed]);
  terminal.close();
  if (typed === undefined) process.stderr.write('\n');
  return typed;
}
