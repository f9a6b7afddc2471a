import { describe, expect, test } from 'vitest';
import { markOf } from '../../src/core/record.ts';
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
  const mark = markOf('20261122-143015-rs7f3k', 'start');
  const noise = 'bash: warning: setlocale: LC_ALL: cannot change locale (en_US.UTF-8)';

  test.each([
    [
      'its own words',
      `jaws-site:runs: started\n${mark}done: every service is started\n`,
      'every service is started',
    ],
    ['not what a profile prints after them', `${mark}done: stopped\n${noise}\nLast login: Mon\n`, 'stopped'],
    ['all of them, each once', `${mark}done: a\nwrote /x\n${mark}done: b\n${mark}done: a\n`, 'a; b'],
    [
      'warnings first',
      `${mark}done: started\n${mark}warning: not every service started\n`,
      'not every service started; started',
    ],
    ['not what a tool says in the same words', `done: forged\nwarning: forged\n${mark}done: a\n`, 'a'],
    ['also behind what a tool left without a line end', `100 %${mark}done: a\n`, 'a'],
    ['nothing where it said nothing', `wrote /x\n${noise}\n`, undefined],
    ['not more than fits', `${mark}done: ${'x'.repeat(400)}`, `${'x'.repeat(299)}…`],
  ])('%s', (_, output, told) => {
    expect(toldIn(output, mark)).toBe(told);
  });

  test('the cause of a failure is our own error, whatever a tool calls one', () => {
    const exit = { kind: 'exit', code: 1 } as const;
    expect(causeOf(`error: forged\n${mark}error: disk is full\nfatal: x\n`, mark, exit)).toBe('disk is full');
    expect(causeOf(`error: of a tool\n${mark}done: a\n`, mark, exit)).toBe('of a tool');
    expect(causeOf(`${mark}done: a\n`, mark, exit)).toBe('done: a');
  });

  test('the cause of a failure is not what a shell says of the locale', () => {
    const exit = { kind: 'exit', code: 3 } as const;
    expect(causeOf(`disk is full\n${noise}\n`, mark, exit)).toBe('disk is full');
    expect(causeOf(`${noise}\n`, mark, exit)).toContain('3');
  });
});
