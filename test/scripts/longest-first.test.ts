import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LONGEST, longestFirst } from '../../scripts/longest-first.ts';

describe('the order of test files', () => {
  it('has the longest at the front, the longest of them first, and leaves the others as they are', () => {
    const [first = '', second = ''] = LONGEST;
    const files = ['/p/test/b.test.ts', `/p/${second}`, '/p/test/a.test.ts', `/p/${first}`];
    expect(longestFirst(files, (file) => file)).toEqual([
      `/p/${first}`,
      `/p/${second}`,
      '/p/test/b.test.ts',
      '/p/test/a.test.ts',
    ]);
  });

  it('names only files that are there', () => {
    expect(LONGEST.filter((name) => !existsSync(name))).toEqual([]);
  });
});
