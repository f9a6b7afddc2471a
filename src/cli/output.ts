import { CommanderError } from 'commander';
import { type Front, inWordsOf } from '../commands/front.ts';
import { clean } from '../commands/text.ts';
import {
  ERRORS,
  type ErrorCode,
  EXIT,
  type ExitCode,
  OpsError,
  type Problem,
  problemOf,
} from '../core/errors.ts';

/** What a reader of this program's output types before a command. */
export const FRONT: Front = 'jaws-ops';

/** Prints an answer: the text for people, or one JSON document. */
export function print(answer: { readonly text: string; readonly data: unknown }, json: boolean): void {
  process.stdout.write(json ? `${JSON.stringify(answer.data, null, 2)}\n` : `${answer.text.trimEnd()}\n`);
}

/** Tells problems on stderr; with `--json` also as a document on stdout. */
export function tellProblems(problems: readonly Problem[], json: boolean): void {
  const told = problems.map((problem) => ({ ...problem, next: inWordsOf(FRONT, problem.next) }));
  if (json) process.stdout.write(`${JSON.stringify({ problems: told }, null, 2)}\n`);
  process.stderr.write(problemText(told));
}

/** The one form of an error at a terminal: each with its code, then what to do about them. */
export function problemText(problems: readonly Problem[]): string {
  return [
    ...problems.map(({ message, code }) => `error: ${message} [${code}]`),
    ...new Set(problems.map(({ next }) => `next: ${inWordsOf(FRONT, next)}`)),
  ]
    .map((line) => `${clean(line)}\n`)
    .join('');
}

/** Tells a failure and gives the exit code for it. */
export function reportFailure(error: unknown, json: boolean): ExitCode {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.done;
    // Without a command the help has been shown, which is all there is to say.
    if (error.code === 'commander.help') return EXIT.usage;
  }
  const problems = problemsOf(error);
  tellProblems(problems, json);
  const [first] = problems;
  if (first?.code === 'internal')
    process.stderr.write(`${error instanceof Error ? (error.stack ?? '') : ''}\n`);
  return first === undefined ? EXIT.failed : ERRORS[first.code].exit;
}

/** What a failure of the command line has to say. */
export function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof CommanderError) return [usageOf(error).problem];
  if (error instanceof OpsError && error.others.length > 0) return error.others;
  return [problemOf(error)];
}

/** What Commander found wrong with the words, as one of our errors. */
function usageOf(error: CommanderError): OpsError {
  const codes: Readonly<Record<string, ErrorCode>> = {
    'commander.unknownCommand': 'usage.command',
    'commander.unknownOption': 'usage.flag',
    'commander.optionMissingArgument': 'usage.flag',
    'commander.missingMandatoryOptionValue': 'usage.flag',
  };
  const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  return new OpsError(codes[error.code] ?? 'usage.argument', message, {
    next: '`jaws-ops --help` lists the commands, `jaws-ops COMMAND --help` the words of one.',
  });
}
