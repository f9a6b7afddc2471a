import { expect, test } from 'vitest';
import { createKnownSecrets } from '../../src/core/known-secrets.ts';
import { MASK } from '../../src/core/secret.ts';
import { aSecret } from '../fixtures/target.ts';

test('the same values read again are nothing new, and cost nothing', () => {
  const known = createKnownSecrets();
  const read = () => ['sesame-1', 'sesame-2'].map((value, i) => aSecret(`NAME_${i}`, value));
  const first = read();
  expect(known.learn(first)).toEqual(first);
  const { redactor } = known;
  for (let run = 0; run < 100; run += 1) expect(known.learn(read())).toEqual([]);
  expect(known.redactor).toBe(redactor);
});

test('a rotated secret is masked beside the one before', () => {
  const known = createKnownSecrets();
  known.learn([aSecret('JAWS_DB_PW', 'earlier-one')]);
  const rotated = aSecret('JAWS_DB_PW', 'present-one');
  expect(known.learn([rotated])).toEqual([rotated]);
  expect(known.redactor.text('earlier-one, present-one')).toBe(`${MASK}, ${MASK}`);
});
