import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { join, masked, quote, raw, revealed, sh } from '../../src/core/script.ts';
import { MASK } from '../../src/core/secret.ts';
import { runHere } from '../fixtures/shell.ts';
import { aSecret } from '../fixtures/target.ts';

/** Any text but a NUL byte, which no word of a shell can hold; much of what shells mind among it. */
const anyWord = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom(...'\'"`$\\!*?[]{}()<>|&;#~=% \t\n\r'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    ),
    maxLength: 30,
  })
  .filter((text) => !text.includes('\0'));

describe('a word put into a script', () => {
  test('reaches the shell as it is, whatever stands in it', () => {
    fc.assert(
      fc.property(fc.array(anyWord, { minLength: 1, maxLength: 20 }), (words) => {
        const script = sh`for word in ${words}; do printf '%s\\0' "$word"; done`;
        const { code, stdout } = runHere(script);
        expect(code).toBe(0);
        expect(stdout.split('\0').slice(0, -1)).toEqual(words);
      }),
      { numRuns: 60 },
    );
  });

  test('is one word, also as a pattern of case and in an assignment', () => {
    fc.assert(
      fc.property(anyWord, (word) => {
        const script = sh`word=${word}
case "$word" in ${word}) printf '%s' "$word" ;; esac`;
        expect(runHere(script).stdout).toBe(word);
      }),
      { numRuns: 60 },
    );
  });

  test('stays readable when it is harmless', () => {
    expect(quote('/opt/a_b-1.2,3:4@5%6+7=8')).toBe('/opt/a_b-1.2,3:4@5%6+7=8');
    expect(quote('')).toBe("''");
    expect(quote('~/x')).toBe("'~/x'");
  });

  test('cannot hold a NUL byte', () => {
    expect(() => quote('a\0b')).toThrow(RangeError);
  });
});

describe('a secret put into a script', () => {
  test('is shown masked, and goes over the wire quoted', () => {
    const script = sh`login ${aSecret('JAWS_DB_PW', "it's")} ${['a b', aSecret('X', 'y z')]}`;
    expect(masked(script)).toBe(`login ${MASK} 'a b' ${MASK}`);
    expect(revealed(script)).toBe("login 'it'\\''s' 'a b' 'y z'");
  });

  test('stays masked through joining and splicing', () => {
    const script = join([raw('set -u'), sh`( ${sh`x ${aSecret('X', 'hush-hush')}`} )`], ' && ');
    expect(masked(script)).toBe(`set -u && ( x ${MASK} )`);
    expect(JSON.stringify(script)).not.toContain('hush-hush');
  });
});

test('numbers and scripts are spliced in as they are', () => {
  expect(revealed(sh`sleep ${3}; ${raw('echo "$HOME"')}; ${[]}`)).toBe('sleep 3; echo "$HOME"; ');
});
