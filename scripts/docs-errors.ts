import { table } from '../src/config/markdown.ts';
import { ERRORS, EXIT, type ExitCode } from '../src/core/errors.ts';

/** What the exit codes of `jaws-ops` mean, in the words of the command line's contract. */
const EXIT_MEANINGS: readonly (readonly [ExitCode, string])[] = [
  [EXIT.done, 'done'],
  [EXIT.failed, 'the operation failed'],
  [EXIT.usage, 'wrong usage or configuration'],
  [EXIT.refused, 'refused: permission, lock, window or approval'],
  [EXIT.unreachable, 'a site, Redis or Slack cannot be reached'],
];

/** The reference of error and exit codes. */
export function errorsPage(): { readonly path: string; readonly text: string } {
  const exits = EXIT_MEANINGS.map(([code, meaning]) => [String(code), meaning]);
  const errors = Object.entries(ERRORS).map(([code, entry]) => [
    `\`${code}\``,
    String(entry.exit),
    entry.title,
    entry.remedy,
  ]);
  const text = `<!-- Generated from src/core/errors.ts by \`npm run docs\`. Change it there. -->

# Errors

Every problem that the bot or the command line reports has one of these codes. Its message says what went wrong,
where, and what was expected; the remedy below is shown when the place that found it knew nothing better.

## Exit codes of \`jaws-ops\`

${table(['code', 'meaning'], exits)}

## Error codes

${table(['code', 'exit', 'what happened', 'what to do'], errors)}
`;
  return { path: 'docs/errors.md', text };
}
