import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { describeBreach } from './rule.ts';
import { RULES } from './rules.ts';
import { readTree } from './source.ts';
import { READ_BY_PEOPLE, WORDING } from './wording.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe('the house', () => {
  const tree = readTree(ROOT, ['src', 'test', 'scripts', 'bench'], (path) => path.endsWith('.ts'));

  it('has files to look at', () => {
    expect(tree.length).toBeGreaterThan(20);
    expect(tree.some((source) => source.imports.length > 0)).toBe(true);
  });

  it.each(RULES)('$name: $why', (rule) => {
    expect(rule.breaches(tree).map(describeBreach)).toEqual([]);
  });
});

describe('the wording', () => {
  const tree = readTree(ROOT, READ_BY_PEOPLE, (path) => !/\.(png|svg|whl|gz)$|__pycache__/.test(path));

  it.each(WORDING)('$name: $why', (rule) => {
    expect(rule.breaches(tree).map(describeBreach)).toEqual([]);
  });
});
