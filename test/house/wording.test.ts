import { describe, expect, it } from 'vitest';
import { treeOf } from './source.ts';
import { WORDING } from './wording.ts';

describe('the rules on wording', () => {
  const found = (text: string) =>
    WORDING.flatMap((rule) => rule.breaches(treeOf({ 'docs/a.md': text }))).map(
      ({ line, rule }) => `${line} ${rule}`,
    );

  it.each([
    ['1 unreadable-reference', `as in ${['jaws', 'facts.md'].join('-')} 3.2`],
    ['2 unreadable-reference', `\nsee ${['', 'work', 'main'].join('/')}/src`],
    ['1 history', `only in the ${['first', 'slice'].join(' ')}`],
    ['1 history', `see ${['Issue', '12'].join(' ')}`],
    ['1 registry-host', `from ${['registry', 'example', 'org'].join('.')}`],
  ])('see: %s', (at, text) => {
    expect(found(text)).toEqual([at]);
  });

  it('accept plain prose', () => {
    expect(found('An SSH session issues 3 commands; jaws-site facts; a registry of tools.')).toEqual([]);
  });
});
