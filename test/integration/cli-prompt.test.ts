import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startRedis, type TestRedis } from '../fixtures/redis.ts';
import { CTRL_C, CTRL_D, onTerminal, type Terminal } from '../fixtures/terminal.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const COMMAND = [process.execPath, '--import', 'tsx', join(PROJECT, 'src/cli.ts')];
const RUN = [...COMMAND, 'runbook', 'run', 'choose', 'aws', '--wait'];

/** Asks at once, and needs no site and no worker. */
const RUNBOOK = `
title: A choice
purpose: To be asked.
steps:
  - title: Which way
    question: 'Left or right?'
    choices:
      - label: Left
        yes: true
      - label: Right
        end: succeeded
  - title: On the left
    link: https://left.example
`;

let dir: string;
let redis: TestRedis;
let env: NodeJS.ProcessEnv;
let terminal: Terminal | undefined;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'jaws-ops-ask-'));
  cpSync(join(PROJECT, 'config'), join(dir, 'config'), { recursive: true });
  mkdirSync(join(dir, 'runbooks'));
  writeFileSync(join(dir, 'runbooks/choose.yaml'), RUNBOOK);
  redis = await startRedis();
  const { PATH, HOME } = process.env;
  env = { PATH, HOME, REDIS_URL: redis.url, JAWS_OPS_CONFIG: join(dir, 'config'), JAWS_OPS_USER: 'ann' };
});
afterEach(() => terminal?.close());
afterAll(async () => {
  await redis?.remove();
  rmSync(dir, { recursive: true, force: true });
});

/** A run that has come to its question. */
async function asked(): Promise<Terminal> {
  terminal = onTerminal(RUN, env);
  await terminal.shows('Left or right?');
  await terminal.shows('> ');
  return terminal;
}

test('a question of a runbook is answered at the terminal', async () => {
  const { type, ended } = await asked();
  type('1\r');
  const { code, shown } = await ended();
  expect(shown).toMatch(/1 {2}Left\n *2 {2}Right/);
  expect(shown).toContain('✓ On the left');
  expect(code).toBe(0);
});

test('what is no answer is told, and the question comes again', async () => {
  const { type, shows, ended } = await asked();
  type('up\r');
  await shows('error: got "up", expected 1 (Left) | 2 (Right)');
  await shows('> ');
  type('right\r');
  const { code, shown } = await ended();
  expect(shown).not.toContain('On the left – done');
  expect(code).toBe(0);
});

test.each([
  ['Ctrl-C', CTRL_C],
  ['the end of input', CTRL_D],
])('%s leaves the question open, and tells how it is answered later', async (_, keys) => {
  const { type, ended } = await asked();
  type(keys);
  const { code, shown } = await ended();
  expect(code).toBe(3);
  const [, run = ''] = /jaws-ops runbook answer (rb-[a-z0-9-]+)/.exec(shown) ?? [];
  expect((await piped([...COMMAND, 'runbook', 'answer', run, '2'])).code).toBe(0);
});

test('a question that was answered elsewhere is not waited for', async () => {
  const { ended } = await asked();
  const { out } = await piped([...COMMAND, 'runbook', 'runs']);
  const [run = ''] = /rb-[a-z0-9-]+/.exec(out) ?? [];
  expect((await piped([...COMMAND, 'runbook', 'answer', run, '2'])).code).toBe(0);
  expect((await ended()).code).toBe(0);
});

test('in a pipe nothing is asked and nothing waited for, whatever stands in it', async () => {
  const { code, out, err } = await piped(RUN, '1\n');
  expect(code).toBe(3);
  expect(out).toMatch(/jaws-ops runbook answer rb-[a-z0-9-]+/);
  expect(err).not.toContain('> ');
});

/** Runs a program without a terminal to its end. */
async function piped(argv: readonly string[], input = '') {
  const [program = '', ...words] = argv;
  const child = spawn(program, words, { env, stdio: 'pipe' });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { code: Number(code), out, err };
}
