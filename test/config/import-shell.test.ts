import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseShell, type Statement } from '../../src/config/import-shell.ts';

const unknowns = (source: string) =>
  parseShell(source).flatMap((s) => (s.kind === 'unknown' ? [[s.line, s.text]] : []));
const assigned = (source: string) =>
  parseShell(source).flatMap((s) => (s.kind === 'assignment' ? [[s.name, textOf(s)]] : []));
const textOf = (s: Extract<Statement, { kind: 'assignment' }>) =>
  s.value.map((piece) => ('text' in piece ? piece.text : piece.written)).join('');

describe('assignments', () => {
  test.each([
    ['A=1', [['A', '1']]],
    [
      'export A="x y" B=\'$C\' # why',
      [
        ['A', 'x y'],
        ['B', '$C'],
      ],
    ],
    ['A=a"b"\'c\'\\d', [['A', 'abcd']]],
    [
      'A="$CFS/jaws" ; B=${HOME}x',
      [
        ['A', '$CFS/jaws'],
        ['B', '${HOME}x'],
      ],
    ],
    ['A=', [['A', '']]],
    ['A="two\nlines"', [['A', 'two\nlines']]],
    [
      'A=one\\\n  B=2',
      [
        ['A', 'one'],
        ['B', '2'],
      ],
    ],
    [
      'declare -x A=1\nreadonly B=2',
      [
        ['A', '1'],
        ['B', '2'],
      ],
    ],
    ['A=~/x', [['A', '$HOME/x']]],
    ['A=x#y', [['A', 'x#y']]],
    ['#!/bin/bash\r\nA=1\r\n', [['A', '1']]],
  ])('%j', (source, expected) => {
    expect(assigned(source)).toEqual(expected);
    expect(unknowns(source)).toEqual([]);
  });

  test('tell line, comment and whether they are exported', () => {
    expect(parseShell('# above\n\nexport A=1 # beside\nB=2; export B')).toEqual([
      { kind: 'comment', line: 1, text: 'above' },
      { kind: 'blank', line: 2 },
      { kind: 'assignment', line: 3, name: 'A', value: [{ text: '1' }], exported: true, remark: 'beside' },
      { kind: 'assignment', line: 4, name: 'B', value: [{ text: '2' }], exported: false },
      { kind: 'idle', line: 4, exports: ['B'] },
    ]);
  });
});

describe('what is more than assignments comes back whole, and the rest is still read', () => {
  test.each([
    'A=$(hostname)',
    'A=`date`',
    'A=${B:-1}',
    'A+=x',
    'A=(1 2\n 3)',
    'source other.sh',
    '. ./other.sh',
    'A=1 run me',
    'unset A',
    'A=1 && B=2',
    'A=x > file',
    'A=~ada/x',
    'if [ "$X" = dev ]; then\n  export A=1\nelse\n  A=2\nfi',
    'for a in done fi; do\n  A=$a\n  if true; then A=3; fi\ndone',
    'case $X in\n  dev) A=1 ;;\n  *) A=2 ;;\nesac',
    'f() {\n  A=1\n}',
    'f()\n{\n  local A=1\n}',
    'function f { A=1; }',
    '{ A=1; B=2; }',
    '( A=1\n B=2 )',
    "cat <<'END'\nA=1\nEND",
    '[ -n "$A" ] && export A=2',
  ])('%j', (source) => {
    expect(unknowns(`X=0\n${source}\nZ=9\n`)).toEqual([[2, source]]);
    expect(assigned(`X=0\n${source}\nZ=9\n`)).toEqual([
      ['X', '0'],
      ['Z', '9'],
    ]);
  });

  test('a quote that is not closed takes the rest of the file with it', () => {
    expect(unknowns('A=1\nB="x\nC=2')).toEqual([[2, 'B="x\nC=2']]);
  });
});

test('never throws and loses no line, whatever it is given', () => {
  const alphabet = fc.constantFrom(...'AB=\'"\\$`{}()#;&|<>\n \tif fi done case esac then'.split(/(?=.)/s));
  fc.assert(
    fc.property(fc.array(alphabet, { maxLength: 40 }), (parts) => {
      const lines = parseShell(parts.join('')).map(({ line }) => line);
      expect(lines).toEqual(lines.toSorted((a, b) => a - b));
    }),
    { numRuns: 2000 },
  );
});

test('gives a value what the shell gives it', () => {
  const part = fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9_./:@%+,=-]{0,8}$/),
    fc.stringMatching(/^[ -~\n]{0,10}$/).map((text) => `'${text.replaceAll("'", '')}'`),
    fc.stringMatching(/^[ !#%-_a-~\n]{0,10}$/).map((text) => `"${text.replaceAll('\\', '')}"`),
    fc.stringMatching(/^[ -~]$/).map((char) => `"\\${char}"`),
    fc.stringMatching(/^[!-~]$/).map((char) => `\\${char}`),
  );
  const values = fc.array(fc.array(part, { maxLength: 5 }), { minLength: 20, maxLength: 20 });
  fc.assert(
    fc.property(values, (written) => {
      const source = written.map((parts, i) => `V${i}=${parts.join('')}`).join('\n');
      const names = written.map((_, i) => `"$V${i}"`).join(' ');
      const { stdout, status } = spawnSync('sh', ['-s'], {
        input: `${source}\nprintf '%s\\0' ${names}\n`,
        encoding: 'utf8',
      });
      expect(status).toBe(0);
      expect(unknowns(source)).toEqual([]);
      expect(assigned(source).map(([, value]) => value)).toEqual(stdout.split('\0').slice(0, -1));
    }),
    { numRuns: 60 },
  );
});
