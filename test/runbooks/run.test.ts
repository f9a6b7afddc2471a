import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Caller } from '../../src/core/request.ts';
import type { Runbook, RunbookStep } from '../../src/core/runbook.ts';
import { beforeAfter } from '../../src/runbooks/before-after.ts';
import { beginRunbook } from '../../src/runbooks/begin.ts';
import {
  advanceRunbook,
  choicesOf,
  currentStep,
  isRunbookOver,
  openQuestion,
  type RunbookEvent,
  type RunbookRun,
} from '../../src/runbooks/run.ts';

const ann: Caller = { id: 'U1', name: 'ann', via: 'slack' };
const bob: Caller = { id: 'U2', name: 'bob', via: 'slack' };

const look: RunbookStep = { kind: 'look', look: 'status', title: 'Look', onFailure: 'note', words: {} };
const start: RunbookStep = {
  kind: 'action',
  action: 'start',
  title: 'Start',
  onFailure: 'continue',
  deployments: 'intended',
  onlyIfDown: true,
};
const deploy: RunbookStep = {
  kind: 'action',
  action: 'deploy',
  title: 'Deploy {{version}}',
  onFailure: 'stop',
  deployments: ['dev'],
  version: '{{version}}',
  onlyIfDown: false,
};
const question: RunbookStep = {
  kind: 'question',
  title: 'Which',
  question: 'Which version?',
  onFailure: 'stop',
  choices: [
    { label: 'New', set: { version: '2.5.4' }, yes: true },
    { label: 'Old', set: { version: '2.5.3' }, yes: false },
  ],
};

function runbook(steps: readonly RunbookStep[], parameters: Runbook['parameters'] = []): Runbook {
  return { name: 'rb', title: 'Runbook', purpose: 'test', sites: ['aws', 'jgi'], parameters, steps };
}

const VERSION = { name: 'version', about: 'the version', pattern: '[0-9.]+' };

function begin(
  steps: readonly RunbookStep[],
  more: Partial<Parameters<typeof beginRunbook>[0]> = {},
): RunbookRun {
  return beginRunbook({
    id: 'rb-1',
    runbook: runbook(steps),
    site: 'aws',
    values: {},
    caller: ann,
    intentions: [],
    now: 1,
    ...more,
  });
}

const finish = (step: number, status: 'ok' | 'failed' = 'ok'): RunbookEvent => ({
  type: 'step-finished',
  step,
  status,
  at: 2,
});

describe('a run begins', () => {
  test('with one step per deployment that should be up; the others are left alone, with the reason', () => {
    const { steps } = begin([start], {
      intentions: [
        { site: 'aws', deployment: 'dev', wanted: 'up', except: [] },
        { site: 'aws', deployment: 'staging', wanted: 'down', by: 'bob', except: [] },
        { site: 'jgi', deployment: 'prod', wanted: 'up', except: [] },
      ],
    });
    expect(steps.map(({ deployment, status, detail }) => [deployment, status, detail])).toEqual([
      ['dev', 'pending', undefined],
      ['staging', 'skipped', 'left alone: stopped on purpose by bob'],
      ['prod', 'skipped', 'left alone: nothing is on record that it should be up'],
    ]);
  });

  test.each([
    ['a site it is not for', { site: 'tahoma' }, 'is not for tahoma, expected aws | jgi'],
    [
      'an unknown parameter',
      { values: { versoin: '1' } },
      '"versoin" is no parameter, expected version; did you mean version?',
    ],
    ['a missing one', {}, 'version is missing'],
    ['a wrong value', { values: { version: 'x' } }, 'version: got "x", expected text that matches [0-9.]+'],
  ])('not with %s', (_, more, message) => {
    expect(() => begin([deploy], { runbook: runbook([deploy], [VERSION]), ...more })).toThrow(message);
  });

  test('without asking what was given', () => {
    const wish = { runbook: runbook([question, deploy], [VERSION]) };
    expect(begin([], wish).steps.map(({ status }) => status)).toEqual(['pending', 'pending']);
    const given = begin([], { ...wish, values: { version: '2.5.1' } });
    expect(given.steps.map(({ status, title }) => [status, title])).toEqual([
      ['skipped', 'Which'],
      ['pending', 'Deploy 2.5.1: dev'],
    ]);
  });
});

describe('a run goes on', () => {
  test('in the name of whoever answered, with what was chosen', () => {
    let run = begin([], { runbook: runbook([question, deploy], [VERSION]) });
    run = advanceRunbook(run, { type: 'step-started', step: 0, at: 1, title: 'Which version?' });
    expect(run.status).toBe('waiting');
    const open = openQuestion(run);
    const [choice] = open === undefined ? [] : choicesOf(open.step);
    if (choice === undefined) throw new Error('nothing can be chosen');
    run = advanceRunbook(run, { type: 'answered', step: 0, choice, by: bob, at: 2 });
    expect(run).toMatchObject({ status: 'running', caller: ann, actor: bob, values: { version: '2.5.4' } });
    expect(advanceRunbook(run, { type: 'answered', step: 0, choice, by: ann, at: 3 })).toBe(run);
  });

  test('can always be ended at a question', () => {
    const asked = advanceRunbook(begin([question, look]), { type: 'step-started', step: 0, at: 1 });
    const open = openQuestion(asked);
    const end = open === undefined ? undefined : choicesOf(open.step).at(-1);
    if (end === undefined) throw new Error('nothing can be chosen');
    const run = advanceRunbook(asked, { type: 'answered', step: 0, choice: end, by: bob, at: 2 });
    expect(run).toMatchObject({ status: 'cancelled', ended: 'ended by bob: End here' });
    expect(run.steps.map(({ status }) => status)).toEqual(['ok', 'skipped']);
  });

  test.each([
    ['stop', 'failed', ['failed', 'skipped']],
    ['continue', 'failed', ['failed', 'ok']],
    ['note', 'succeeded', ['warned', 'ok']],
  ] as const)('after a failure as onFailure: %s says', (onFailure, status, steps) => {
    let run = begin([{ ...look, onFailure }, look]);
    run = advanceRunbook(run, finish(0, 'failed'));
    run = advanceRunbook(run, finish(1));
    expect(run.status).toBe(status);
    expect(run.steps.map((step) => step.status)).toEqual(steps);
  });

  test('with a table of what was looked at twice', () => {
    const seen = (subject: string, text: string) => ({ subject, level: 'ok' as const, text });
    let run = begin([look, look]);
    run = advanceRunbook(run, {
      ...finish(0),
      seen: [seen('dev', 'stopped'), seen('other', 'x')],
    } as RunbookEvent);
    run = advanceRunbook(run, { ...finish(1), seen: [seen('dev', 'running')] } as RunbookEvent);
    expect(beforeAfter(run)).toEqual([{ subject: 'dev', before: 'stopped', after: 'running', level: 'ok' }]);
  });

  test('whatever happens in whatever order: one step at a time, nothing after its end, nothing done twice', () => {
    const event: fc.Arbitrary<RunbookEvent> = fc.oneof(
      fc.record({ type: fc.constant('step-started' as const), step: fc.nat(4), at: fc.nat() }),
      fc.record({ type: fc.constant('job-queued' as const), step: fc.nat(4), at: fc.nat() }),
      fc.record({
        type: fc.constant('step-finished' as const),
        step: fc.nat(4),
        at: fc.nat(),
        status: fc.constantFrom('ok' as const, 'failed' as const, 'skipped' as const),
      }),
      fc.record({
        type: fc.constant('answered' as const),
        step: fc.nat(4),
        at: fc.nat(),
        choice: fc.constantFrom(...choicesOf(question)),
        by: fc.constant(bob),
      }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        let run = begin([look, question, deploy, look], {
          runbook: runbook([look, question, deploy, look], [VERSION]),
        });
        for (const each of events) {
          const next = advanceRunbook(run, each);
          if (next === run) continue;
          expect(next.seq).toBe(run.seq + 1);
          expect(isRunbookOver(run)).toBe(false);
          expect(next.steps.filter(({ status }) => status === 'running').length).toBeLessThanOrEqual(1);
          run.steps.forEach((step, i) => {
            if (step.finishedAt !== undefined) expect(next.steps[i]).toEqual(step);
          });
          expect(isRunbookOver(next)).toBe(currentStep(next) === undefined);
          run = next;
        }
      }),
    );
  });
});
