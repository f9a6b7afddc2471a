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
  expect(gather({ a: fact('a', 'echo "b 1"; echo "=b 0"'), b: fact('b', 'echo mine') })).toEqual({
    a: '0:b 1\n=b 0',
    b: '0:mine',
  });
});

test('a fact waits for what it started in the background', () => {
  expect(gather({ a: fact('a', '{ sleep 0.05; echo late; } &\necho early\nwait') })).toEqual({
    a: '0:early\nlate',
  });
});

test('an observation that was cut off is an error that names the missing fact', () => {
  const all = combineFacts({ a: fact('a', 'echo x'), b: fact('b', 'echo y') });
  expect(() => all.parse('a x\na =a 0\nb y', 0)).toThrow(/before b was answered/);
});

test('the script has no fault that shellcheck knows', () => {
  expect(shellcheck(combineFacts({ a: fact('a', 'echo x') }).script)).toBe('');
});
