import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { createProgram } from '../../src/cli/program.ts';
import { directoryOf } from '../../src/commands/directory.ts';
import { parse, parseWords } from '../../src/commands/parse.ts';
import { commands } from '../../src/commands/registry.ts';
import { splitLine } from '../../src/commands/words.ts';
import { loadConfig } from '../../src/config/config.ts';
import { linesOf, PAGES, ROOT, type Shown, typedForms } from './pages.ts';

const directory = directoryOf(loadConfig(join(ROOT, 'config')));
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));
/** Commands of npm itself. */
const NPM = ['ci', 'link', 'start', 'test'];
const shown = PAGES.flatMap(linesOf);

/** What is wrong with a line, as the front end that reads it says; undefined when nothing is. */
async function problemWith(line: string): Promise<string | undefined> {
  const [program = '', ...words] = splitLine(line).map(({ text }) => text);
  try {
    if (program === '/jaws') slash(line);
    else if (program === 'jaws-ops') await terminal(words);
    else if (program === 'npx') file(words);
    else await npm(words);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function slash(line: string): void {
  if (line === '/jaws') return;
  parse(line, directory);
}

/** The program of the command line with every action replaced: what it understands, it would do. */
async function terminal(words: readonly string[]): Promise<void> {
  const program = createProgram();
  for (const command of leaves(program)) {
    command.action(() => {
      const known = commands.some(({ name }) => name === command.name() && command.parent === program);
      // `start` without a word is the process.
      if (known && command.args.length > 0) parseWords([command.name(), ...command.args], directory);
      else if (known && command.name() !== 'start') parseWords([command.name()], directory);
    });
    command.configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  }
  program.configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  if (words.length === 0 || words.includes('--help')) return;
  await program.parseAsync(words, { from: 'user' });
}

function leaves(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

async function npm(words: readonly string[]): Promise<void> {
  const [verb = '', ...rest] = words.filter((word) => word !== '-s');
  if (NPM.includes(verb)) return;
  const [script = '', dashes, ...own] = rest;
  if (verb !== 'run' || !Object.hasOwn(scripts, script))
    throw new Error(`npm has no ${[verb, script].join(' ')}`);
  const program = /src\/cli\.ts ?(.*)$/.exec(scripts[script] ?? '')?.[1];
  if (program === undefined) return;
  if (dashes !== undefined && dashes !== '--') throw new Error(`expected -- before ${dashes}`);
  await terminal([...program.split(' '), ...own].filter((word) => word !== ''));
  for (const text of own.filter((word) => word.startsWith('/jaws ') && !word.startsWith('/jaws demo ')))
    slash(text);
}

function file([tool = '', verb = '', path = '']: readonly string[]): void {
  if (tool !== 'vitest' || verb !== 'run') throw new Error(`npx ${tool} is not told of anywhere else`);
  if (!existsSync(join(ROOT, path))) throw new Error(`there is no ${path}`);
}

/** In a sentence a command may be meant by its name, or by its name and the verb that is its first word. */
function isNamed({ text, block }: Shown): boolean {
  const [program, name, verb, ...more] = text.split(' ');
  const command = commands.find((known) => known.name === name);
  if (block || command === undefined || more.length > 0 || (program !== '/jaws' && program !== 'jaws-ops'))
    return false;
  return verb === undefined || (command.slots[0]?.name.split('|').includes(verb) ?? false);
}

test('the pages show command lines of every kind', () => {
  for (const program of ['/jaws', 'jaws-ops', 'npm', 'npx'])
    expect(shown.filter(({ text }) => text.startsWith(program)).length, program).toBeGreaterThan(0);
});

test('every command line of the pages is understood by what reads it', async () => {
  const wrong: string[] = [];
  for (const each of shown.filter((line) => !isNamed(line)))
    for (const form of typedForms(each.text)) {
      const problem = await problemWith(form);
      if (problem !== undefined) wrong.push(`${each.page}:${each.line}: ${form}: ${problem}`);
    }
  expect(wrong).toEqual([]);
});

test.each([
  '/jaws deply dev aws',
  '/jaws deploy dev awz',
  '/jaws deploy dev aws --drry-run',
  'jaws-ops config chekc',
  'jaws-ops render dev aws',
  'jaws-ops status aws --jsno',
  'npm run dmeo',
  'npm run demo -- --onec x',
  'npm run demo -- --once "/jaws stauts"',
  'npx vitest run test/nowhere',
])('%s would be found', async (line) => {
  expect(await problemWith(line)).toBeDefined();
});
