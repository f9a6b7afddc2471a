import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { STEP_IDS } from '../../src/core/plan.ts';
import { advance, isFinal, type RunEvent, TAIL_LINES } from '../../src/core/run.ts';
import { fold, queued, runningIn, T0 } from '../fixtures/runs.ts';

const PROBLEM = {
  code: 'site.unreachable',
  message: 'aws does not answer',
  next: 'Look at the host.',
} as const;

describe('the end of a run', () => {
  test('ends the step that was under way', () => {
    const state = advance(runningIn('stage'), {
      at: T0 + 9000,
      type: 'finished',
      status: 'failed',
      problem: PROBLEM,
    });
    expect(state.steps.map(({ status }) => status)).toEqual(
      STEP_IDS.map((_, i) => (i === 0 ? 'ok' : i === 1 ? 'failed' : 'skipped')),
    );
    expect(state.steps[1]).toMatchObject({ finishedAt: T0 + 9000, detail: 'broken off' });
  });

  test('keeps what is known of a step already', () => {
    const before = fold(runningIn('stage'), {
      at: T0 + 5000,
      type: 'step-finished',
      step: 'stage',
      status: 'failed',
      detail: 'no space left',
    });
    const state = advance(before, { at: T0 + 9000, type: 'finished', status: 'failed', problem: PROBLEM });
    expect(state.steps[1]).toMatchObject({ finishedAt: T0 + 5000, detail: 'no space left' });
  });

  test('is the last word: nothing is under way or waits', () => {
    fc.assert(
      fc.property(fc.array(anEvent(), { maxLength: 40 }), (events) => {
        const state = fold(queued(), ...events, { at: T0, type: 'finished', status: 'cancelled' });
        expect(isFinal(state)).toBe(true);
        expect(state.steps.filter(({ status }) => status === 'running' || status === 'pending')).toEqual([]);
      }),
    );
  });
});

describe('every event', () => {
  test('makes a newer state, and leaves the older one as it was', () => {
    fc.assert(
      fc.property(fc.array(anEvent(), { maxLength: 40 }), (events) => {
        let state = queued();
        for (const event of events) {
          const before = JSON.stringify(state);
          const next = advance(state, event);
          expect(next.seq).toBe(state.seq + 1);
          expect(JSON.stringify(state)).toBe(before);
          state = next;
        }
      }),
    );
  });

  test('keeps the tail of a step short, without empty lines', () => {
    const text = Array.from({ length: 30 }, (_, i) => `line ${i} ${'x'.repeat(500)}\n\n`).join('');
    const state = advance(runningIn('stage'), { at: T0, type: 'step-output', step: 'stage', text });
    const tail = state.steps[1]?.tail ?? [];
    expect(tail).toHaveLength(TAIL_LINES);
    expect(tail.every((line) => line.length <= 300 && line.startsWith('line '))).toBe(true);
  });

  test('of a plan made again keeps what its steps have done', () => {
    const before = runningIn('stop');
    const steps = STEP_IDS.map((id) => ({ id, title: id }));
    const state = advance(before, { at: T0 + 9000, type: 'planned', version: '2.5.4', notes: [], steps });
    expect(state.steps).toEqual(before.steps);
    expect(state.planHash).toBe(before.planHash);
  });

  test('of a second attempt keeps the time of the first start', () => {
    const state = advance(runningIn('stop'), { at: T0 + 9000, type: 'started', attempt: 2, worker: 'w2' });
    expect(state).toMatchObject({ attempt: 2, worker: 'w2', startedAt: T0 + 100, status: 'running' });
  });
});

function anEvent(): fc.Arbitrary<RunEvent> {
  const step = fc.constantFrom(...STEP_IDS);
  const at = fc.constant(T0);
  return fc.oneof(
    fc.record({ at, type: fc.constant('started' as const), attempt: fc.nat(9), worker: fc.string() }),
    fc.record({
      at,
      type: fc.constant('planned' as const),
      version: fc.string(),
      notes: fc.array(fc.string()),
      steps: fc.uniqueArray(step).map((ids) => ids.map((id) => ({ id, title: id }))),
    }),
    fc.record({ at, type: fc.constant('step-started' as const), step }),
    fc.record({ at, type: fc.constant('step-output' as const), step, text: fc.string() }),
    fc.record({
      at,
      type: fc.constant('step-finished' as const),
      step,
      status: fc.constantFrom('ok' as const, 'warned' as const, 'failed' as const, 'skipped' as const),
    }),
  );
}
