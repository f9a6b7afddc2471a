import { expect, test } from 'vitest';
import { problemsOf, problemText } from '../../src/cli/output.ts';
import { createProgram } from '../../src/cli/program.ts';
import { OpsError } from '../../src/core/errors.ts';

/** What the command line says to words that are wrong. */
async function said(...words: string[]): Promise<string> {
  const failure: unknown = await createProgram()
    .parseAsync(words, { from: 'user' })
    .then(
      () => undefined,
      (error: unknown) => error,
    );
  return problemText(problemsOf(failure));
}

test.each([
  [['deplox'], /^error: unknown command 'deplox' \(Did you mean deploy\?\) \[usage\.command\]\nnext: /],
  [['config', 'check', '--jsn'], /^error: unknown option '--jsn'.* \[usage\.flag\]\nnext: /],
  [['plan', 'dev'], /^error: missing required argument 'site' \[usage\.argument\]\nnext: /],
  [
    ['plan', 'dev', 'awz'],
    /^error: site: got "awz".*did you mean aws\? \[usage\.argument\]\nnext: Type `jaws-ops help/,
  ],
])('words that are wrong are told like every other problem: %j', async (words, expected) => {
  expect(await said(...words)).toMatch(expected);
});

test('several problems are told with each remedy once, and cannot steer a terminal', () => {
  const first = new OpsError('config.key', 'a \u001b[2J wrong').problem;
  const second = new OpsError('config.key', 'b wrong').problem;
  const text = problemText(problemsOf(new OpsError('config.key', '2 problems', { others: [first, second] })));
  expect(text).toBe(`error: a ?[2J wrong [config.key]\nerror: b wrong [config.key]\nnext: ${first.next}\n`);
});
