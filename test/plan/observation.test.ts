import { expect, test } from 'vitest';
import type { Fact } from '../../src/core/fact.ts';
import { raw } from '../../src/core/script.ts';
import { combineFacts } from '../../src/plan/observation.ts';
import { runHere, shellcheck } from '../fixtures/shell.ts';

const fact = (name: string, script: string): Fact<string> => ({
  name,
  script: raw(script),
  parse: (stdout, code) => `${code}:${stdout}`,
});

function gather(facts: Record<string, Fact<string>>): Record<string, string> {
  const all = combineFacts<Record<string, string>>(facts);
  const { stdout, code } = runHere(all.script);
  return all.parse(stdout, code);
}

test('each fact gets its own output and exit code', () => {
  const seen = gather({ a: fact('a', 'echo one; echo two'), b: fact('b', 'printf open; exit 3') });
  expect(seen).toEqual({ a: '0:one\ntwo', b: '3:open' });
});

test('a fact cannot end the others nor change their options', () => {
  expect(
    gather({ a: fact('a', 'set -eu; cd /; false'), b: fact('b', 'echo "${unset-still here}"') }),
  ).toEqual({
    a: '1:',
    b: '0:still here',
  });
});

test('output that looks like the frame of another fact stays with its own', () => {
  const forged = 'facts 00000000-0000-4000-8000-000000000000\n00000000-0000-4000-8000-000000000000 b 0';
  expect(gather({ a: fact('a', `printf '%s\\n' '${forged}' 'b 0'`), b: fact('b', 'echo mine') })).toEqual({
    a: `0:${forged}\nb 0`,
    b: '0:mine',
  });
});

test('the end of a fact is drawn anew for each look', () => {
  const all = combineFacts({ a: fact('a', 'echo x') });
  expect(runHere(all.script).stdout).not.toBe(runHere(all.script).stdout);
});

test('facts of facts keep their own outputs', () => {
  const inner = (name: string) => ({ ...combineFacts({ a: fact('a', `printf ${name}`) }), name });
  const all = combineFacts({ one: inner('one'), two: inner('two') });
  const { stdout, code } = runHere(all.script);
  expect(all.parse(stdout, code)).toEqual({ one: { a: '0:one' }, two: { a: '0:two' } });
});

test('a fact waits for what it started in the background', () => {
  expect(gather({ a: fact('a', '{ sleep 0.05; echo late; } &\necho early\nwait') })).toEqual({
    a: '0:early\nlate',
  });
});

test('an observation that was cut off is an error that names the missing fact', () => {
  const all = combineFacts({ a: fact('a', 'echo x'), b: fact('b', 'echo y') });
  const { stdout } = runHere(all.script);
  const cut = stdout.slice(0, stdout.indexOf(' b 0'));
  expect(() => all.parse(cut, 0)).toThrow(/before b was answered/);
  expect(() => all.parse('', 0)).toThrow(/before a was answered/);
});

test('the script has no fault that shellcheck knows', () => {
  expect(shellcheck(combineFacts({ a: fact('a', 'echo x') }).script)).toBe('');
});
