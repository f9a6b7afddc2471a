import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RenderedFile } from '../../../src/core/file.ts';
import { Secret } from '../../../src/core/secret.ts';
import { fileDiff } from '../../../src/plan/looks/file-diff.ts';
import { unifiedDiff } from '../../../src/plan/unified-diff.ts';

const secret = new Secret('JAWS_DB_PW', 'to%day');
const conf = (text: string): RenderedFile => ({
  path: '/x/a.conf',
  mode: 0o600,
  content: new Secret('/x/a.conf', text),
});
const WANTED = '[DB]\nhost = db\npassword = to%%day\nkey_id = \n';

describe('the difference of a file with secrets', () => {
  test('is nothing where nothing differs', () => {
    expect(fileDiff(conf(WANTED), WANTED, [secret])).toEqual([]);
  });

  test('shows plain values and hides every other one, also those we have never known', () => {
    const host = '[DB]\nhost = old\npassword = yesterday\nkey_id = AKIA-OLD\n# was sesame\n';
    const text = fileDiff(conf(WANTED), host, [secret]).join('\n');
    expect(text).toContain('-host = old');
    expect(text).toContain('+host = db');
    expect(text).toContain('-password = ••••••');
    for (const hidden of ['yesterday', 'to%', 'AKIA', 'sesame']) expect(text).not.toContain(hidden);
  });

  test('never shows a value of a key that holds a secret', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9]{6,20}$/), (old) => {
        fc.pre(!WANTED.includes(old));
        const host = `[DB]\nhost = db\npassword = ${old}\n${old}\nkey_id = ${old}\nspare = ${old}\n`;
        expect(fileDiff(conf(WANTED), host, [secret]).join('\n')).not.toContain(old);
      }),
    );
  });

  test('of one without is shown as it is', () => {
    const file: RenderedFile = { path: '/x/b', mode: 0o700, content: 'a\nb\n' };
    expect(fileDiff(file, 'a\nc\n', [secret])).toEqual(['@@ -1,2 +1,2 @@', ' a', '-c', '+b']);
  });
});

test('a diff carries each side whole', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 });
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const rows = unifiedDiff(
        before,
        after,
        (a, b) => a === b,
        (line) => line,
      );
      expect(rows.length === 0).toBe(
        before.join('\n') === after.join('\n') && before.length === after.length,
      );
      const count = (mark: string) =>
        rows.filter((row) => row.startsWith(mark) && !row.startsWith('@@')).length;
      expect(count('+') - count('-')).toBe(rows.length === 0 ? 0 : after.length - before.length);
    }),
  );
});
