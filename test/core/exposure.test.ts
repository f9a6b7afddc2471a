import { expect, test } from 'vitest';
import { exposure } from '../../src/core/exposure.ts';

test.each([
  ['0600 of our own', 0o100600, 1000, undefined],
  ['0400 of our own', 0o100400, 1000, undefined],
  ['0640 of our own', 0o100640, 1000, 'got mode 0640, expected 0600 or stricter'],
  ['0644 of our own', 0o100644, 1000, 'got mode 0644, expected 0600 or stricter'],
  ['0440 of root, shared with our group', 0o100440, 0, undefined],
  ['0444 of root', 0o100444, 0, 'got mode 0444, expected nothing for others (0640 or stricter)'],
  ['0602 of root', 0o100602, 0, 'got mode 0602, expected nothing for others (0640 or stricter)'],
])('a file with a secret and mode %s', (_name, mode, uid, expected) => {
  expect(exposure({ mode, uid }, 1000)).toBe(expected);
});
