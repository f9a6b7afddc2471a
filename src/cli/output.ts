import { CommanderError } from 'commander';
import { EXIT, type ExitCode, OpsError, type Problem, problemOf } from '../core/errors.ts';

/** Prints an answer: the text for people, or one JSON document. */
export function print(answer: { readonly text: string; readonly data: unknown }, json: boolean): void {
  process.stdout.write(json ? `${JSON.stringify(answer.data, null, 2)}\n` : `${answer.text.trimEnd()}\n`);
}

/** Tells a failure on stderr (with `--json` also as a document on stdout) and gives the exit code for it. */
export function reportFailure(error: unknown, json: boolean): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const problems = problemsOf(error);
  if (json) process.stdout.write(`${JSON.stringify({ problems }, null, 2)}\n`);
  for (const problem of problems) process.stderr.write(`error: ${problem.message} [${problem.code}]\n`);
  for (const next of new Set(problems.map((problem) => problem.next)))
    process.stderr.write(`next: ${next}\n`);
  if (!(error instanceof OpsError)) process.stderr.write(`${error instanceof Error ? error.stack : ''}\n`);
  return error instanceof OpsError ? error.exitCode : EXIT.failed;
}

function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof OpsError && error.others.length > 0) return error.others;
  return [problemOf(error)];
}
