import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { exported, promptLines, readmeLines } from '../../scripts/readme-lines.ts';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

test('what is to be typed are the lines of blocks without a language and of shell ones, without comments', () => {
  const text =
    'Text\n\n```\nnpm ci        # everything\n\n# only said\n```\n```yaml\na: b\n```\n```sh\nls\n```\n';
  expect(readmeLines(text)).toEqual([
    { at: 4, text: 'npm ci' },
    { at: 12, text: 'ls' },
  ]);
});

test('variables are read with and without quotes', () => {
  expect(exported('export A=b C="d e"')).toEqual({ A: 'b', C: 'd e' });
  expect(exported('npm start')).toBeUndefined();
});

test('the README shows how to try it, what to type there, and how to start it for real', () => {
  const lines = readmeLines(README).map(({ text }) => text);
  for (const step of ['npm ci && npm run demo', 'npm ci && npm test', 'npm start'])
    expect(lines).toContain(step);
  expect(promptLines(README)).toContain('/jaws help');
  expect(promptLines(README).length).toBeGreaterThan(1);
});
