import { expect, test } from 'vitest';
import { ERRORS, EXIT, OpsError, problemOf } from '../../src/core/errors.ts';

test('every error has an exit code of the contract, a title and a remedy', () => {
  for (const [code, { exit, title, remedy }] of Object.entries(ERRORS)) {
    expect(Object.values(EXIT), code).toContain(exit);
    expect(title, code).toMatch(/^[A-Z][^.]+$/);
    expect(remedy, code).toMatch(/\.$/);
  }
});

test.each([
  ['usage.', EXIT.usage],
  ['config.', EXIT.usage],
  ['secrets.', EXIT.usage],
  ['refused.', EXIT.refused],
])('errors %s* end with %i', (start, exit) => {
  const entries = Object.entries(ERRORS).filter(([code]) => code.startsWith(start));
  expect(entries.length).toBeGreaterThan(0);
  for (const [code, entry] of entries) expect(entry.exit, code).toBe(exit);
});

test('an error says what to do next, its own way when it knows better', () => {
  expect(new OpsError('step.lost', 'aws-dev: gone').problem).toEqual({
    code: 'step.lost',
    message: 'aws-dev: gone',
    next: ERRORS['step.lost'].remedy,
  });
  expect(new OpsError('step.lost', 'aws-dev: gone', { next: 'Look.' }).problem.next).toBe('Look.');
});

test('whatever is thrown becomes a problem', () => {
  expect(problemOf(new RangeError('too far'))).toMatchObject({ code: 'internal', message: 'too far' });
  expect(problemOf('just text')).toMatchObject({ code: 'internal', message: 'just text' });
});
