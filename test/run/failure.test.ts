import { describe, expect, test } from 'vitest';
import { causeOf, causeOfTimeout, stepFailure, toldIn } from '../../src/run/failure.ts';
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

describe('what a step is said to have done', () => {
  const noise = 'bash: warning: setlocale: LC_ALL: cannot change locale (en_US.UTF-8)';

  test.each([
    [
      'its own words',
      'jaws-site:runs: started\ndone: every service is started\n',
      'every service is started',
    ],
    ['not what a profile prints after them', `done: stopped\n${noise}\nLast login: Mon\n`, 'stopped'],
    ['all of them, each once', 'done: a\nwrote /x\ndone: b\ndone: a\n', 'a; b'],
    [
      'warnings first',
      'done: started\nwarning: not every service started\n',
      'not every service started; started',
    ],
    ['nothing where it said nothing', `wrote /x\n${noise}\n`, undefined],
    ['not more than fits', `done: ${'x'.repeat(400)}`, `${'x'.repeat(299)}…`],
  ])('%s', (_, output, told) => {
    expect(toldIn(output)).toBe(told);
  });

  test('the cause of a failure is not what a shell says of the locale', () => {
    const exit = { kind: 'exit', code: 3 } as const;
    expect(causeOf(`disk is full\n${noise}\n`, exit)).toBe('disk is full');
    expect(causeOf(`${noise}\n`, exit)).toContain('3');
  });
});
