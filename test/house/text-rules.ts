import { fileRule, type Rule, textRule } from './rule.ts';

const under =
  (...prefixes: readonly string[]) =>
  (path: string) =>
    prefixes.some((prefix) => path.startsWith(prefix));

const isCode = (path: string) => path.endsWith('.ts') && under('src/', 'test/', 'scripts/', 'bench/')(path);
const isSource = (path: string) => path.endsWith('.ts') && under('src/', 'scripts/', 'bench/')(path);
const isTest = (path: string) => path.endsWith('.ts') && under('test/')(path);
const outside =
  (applies: (path: string) => boolean, ...prefixes: readonly string[]) =>
  (path: string) =>
    applies(path) && !under(...prefixes)(path);

const MOST_LINES = 250;

/** Rules on the text of single files: what may not stand there, where, and why. */
export const TEXT_RULES: readonly Rule[] = [
  fileRule(
    'length',
    'a file is about one subject and can be read in one sitting; split it by subject',
    isSource,
    (source) => {
      const lines = source.text.split('\n').length - 1;
      return lines > MOST_LINES ? [{ line: lines, found: `${lines} lines, at most ${MOST_LINES}` }] : [];
    },
  ),
  fileRule(
    'leftovers',
    'a folder named for what its files are not about collects what nobody can find again',
    (path) =>
      /\/(?:utils?|helpers?|misc|common|managers?|services?)\/|\/(?:utils?|helpers?|misc|common)\.ts$/.test(
        path,
      ),
    (source) => [{ line: 1, found: source.path }],
  ),
  textRule(
    'environment',
    'settings are read and checked in one place; pass what is needed as an argument',
    outside(under('src/'), 'src/config/', 'src/cli/', 'src/cli.ts', 'src/sandbox/'),
    'code',
    /\bprocess\s*\??\.\s*env\b|\bprocess\s*\[|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b/g,
  ),
  fileRule(
    'environment-import',
    'settings are read and checked in one place; pass what is needed as an argument',
    outside(under('src/'), 'src/config/', 'src/cli/', 'src/cli.ts', 'src/sandbox/'),
    (source) =>
      source.imports
        .filter(
          (entry) =>
            /^(?:node:)?process$/.test(entry.specifier) && /\benv\b/.test(lineOf(source.code, entry.line)),
        )
        .map((entry) => ({ line: entry.line, found: 'env from node:process' })),
  ),
  textRule(
    'console',
    'logs go through pino, which scrubs secrets',
    outside(under('src/'), 'src/cli/', 'src/cli.ts', 'src/sandbox/'),
    'code',
    /\bconsole\s*\.\s*\w+/g,
  ),
  textRule(
    'type-escape',
    'a cast to any hides the next mistake from the compiler',
    isCode,
    'code',
    /\bas\s+any\b|:\s*any\b|<any>|\bas\s+unknown\s+as\b/g,
  ),
  textRule(
    'checker-silenced',
    'mend what the compiler or the linter found, or the rule itself',
    isCode,
    'comments',
    /@ts-(?:ignore|nocheck|expect-error)\b|\b(?:biome|eslint)-(?:ignore|disable)\b/g,
  ),
  textRule(
    'barrel',
    'import from the file that owns a name; only a registry lists others, one by one',
    isSource,
    'code',
    /\bexport\s+(?:type\s+)?\*/g,
  ),
  textRule(
    'test-skipped',
    'a test that does not run proves nothing; a missing part is a failure with its remedy',
    isTest,
    'code',
    /\b(?:describe|it|test|suite|bench)(?:\s*\.\s*\w+)*?\s*\.\s*(?:only|skip|todo|skipIf|runIf|fails)\b|\bx(?:it|describe|test)\s*\(|\b(?:ctx|context|task)\s*\.\s*skip\s*\(/g,
  ),
  textRule(
    'module-mock',
    'fakes are passed as arguments; a mocked module tests a program that does not exist',
    isTest,
    'code',
    /\b(?:vi|vitest)\s*\.\s*(?:mock|doMock|hoisted|importMock)\b/g,
  ),
  textRule(
    'unfinished',
    'what is left to do belongs in the tracker, with an owner',
    isCode,
    'comments',
    /\b(?:TODO|FIXME|XXX)\b/g,
  ),
  textRule(
    'broad-kill',
    'only processes that are ours are ended, each by its own id',
    under('src/', 'scripts/', 'bench/'),
    'strings',
    /\b(?:pkill|killall)\b/g,
  ),
];

function lineOf(text: string, line: number): string {
  return text.split('\n')[line - 1] ?? '';
}
