import { expect, test } from 'vitest';
import { causeOfTimeout, stepFailure } from '../../src/run/failure.ts';
import { aTarget } from '../fixtures/target.ts';

const step = {
  id: 'stage',
  title: 'Stage the new version',
  kind: 'act',
  script: { parts: [] },
  shell: 'sh',
  files: [],
  timeoutMs: 1_800_000,
  onFailure: 'stop',
} as const;

test('a time limit that struck says how long it was and what was going on', () => {
  const cause = causeOfTimeout('building wheels\nERROR: retrying\ndownloading jaws-site 12 %\n\n', 1_800_000);
  expect(cause).toBe('ended at its time limit of 1800 s; the last it said was "downloading jaws-site 12 %"');
  const error = stepFailure(aTarget(), step, { kind: 'timeout' }, cause);
  expect(error).toMatchObject({ code: 'step.timeout' });
  expect(error.message).toContain('Stage the new version: ended at its time limit of 1800 s');
});

test('also when nothing had been said', () => {
  expect(causeOfTimeout('\n', 5_000)).toBe('ended at its time limit of 5 s; it had said nothing yet');
});
