import { describe, expect, it } from 'vitest';
import { viewsOf } from './lex.ts';
import { sourceOf } from './source.ts';

const squeeze = (text: string) => text.replaceAll(/\s+/g, ' ').trim();

describe('views of a source text', () => {
  const cases: readonly { name: string; text: string; code: string; comments: string; strings: string }[] = [
    { name: 'line comment', text: 'a; // b "c"\nd', code: 'a; d', comments: '// b "c"', strings: '' },
    { name: 'block comment', text: "a /* 'b'\n*/ c", code: 'a c', comments: "/* 'b' */", strings: '' },
    { name: 'slashes in a string', text: "x('//y') // z", code: "x(' ')", comments: '// z', strings: '//y' },
    { name: 'escaped quote', text: "'a\\'b' + c", code: "' ' + c", comments: '', strings: "a\\'b" },
    {
      name: 'template',
      text: '`a ${b + `c ${d}`} e` + f',
      code: '` ${b + ` ${d}`} ` + f',
      comments: '',
      strings: 'a c e',
    },
    {
      name: 'braces in a template',
      text: '`${{ a: `x` }.a}y` + z',
      code: '`${{ a: ` ` }.a} ` + z',
      comments: '',
      strings: 'x y',
    },
    {
      name: 'regular expression',
      text: 'f(/["\'`/*]/g, "x") // y',
      code: 'f(/ /g, " ")',
      comments: '// y',
      strings: '["\'`/*] x',
    },
    {
      name: 'regular expression after return',
      text: 'return /a"/.test(b)',
      code: 'return / /.test(b)',
      comments: '',
      strings: 'a"',
    },
    { name: 'division', text: 'a / b / "c"', code: 'a / b / " "', comments: '', strings: 'c' },
    {
      name: 'division after a bracket',
      text: "(a) / 2 + ')' / 3",
      code: "(a) / 2 + ' ' / 3",
      comments: '',
      strings: ')',
    },
    { name: 'open ended', text: '`a ${b', code: '` ${b', comments: '', strings: 'a' },
  ];

  it.each(cases)('$name', ({ text, code, comments, strings }) => {
    const views = viewsOf(text);
    expect(squeeze(views.code)).toBe(code);
    expect(squeeze(views.comments)).toBe(comments);
    expect(squeeze(views.strings)).toBe(strings);
    for (const view of Object.values(views)) {
      expect(view).toHaveLength(text.length);
      expect(view.split('\n')).toHaveLength(text.split('\n').length);
    }
  });
});

describe('imports of a source text', () => {
  it('finds every form of import, and nothing that only looks like one', () => {
    const source = sourceOf(
      'src/run/a.ts',
      [
        "import { a } from './b.ts';",
        "import type { c } from '../core/c.ts';",
        "import d, * as e from 'node:fs';",
        "import './side-effect.ts';",
        "export { f } from '../core/f.ts';",
        "export * from '../core/g.ts';",
        "const h = await import('../queue/h.ts');",
        'import {',
        '  i,',
        '  type j,',
        "} from 'zod';",
        "// import { k } from '../slack/k.ts';",
        'const l = "import { m } from \'../slack/m.ts\'";',
        "const n = Array.from('o');",
      ].join('\n'),
    );
    expect(source.imports.map((entry) => [entry.line, entry.path ?? entry.specifier])).toEqual([
      [1, 'src/run/b.ts'],
      [2, 'src/core/c.ts'],
      [3, 'node:fs'],
      [4, 'src/run/side-effect.ts'],
      [5, 'src/core/f.ts'],
      [6, 'src/core/g.ts'],
      [7, 'src/queue/h.ts'],
      [11, 'zod'],
    ]);
  });
});
