import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../src/core/errors.ts';
import type { StepOutcome } from '../../src/remote/step-outcome.ts';
import { judgeStep, openStep } from '../../src/run/settle.ts';
import { failedIn, fold, queued, runningIn, T0 } from '../fixtures/runs.ts';

const stop = { id: 'stop', title: 'Stop services' } as const;

function judged(
  outcome: StepOutcome,
  code: ErrorCode = 'step.lost',
  step: { id: 'stop' | 'stage'; title: string } = stop,
) {
  return judgeStep({ jobId: 'd-1', problem: { code, message: '', next: '' } }, step, outcome, '/ops');
}

describe('the open step of a run', () => {
  test('is the one that changes something and did not come to a good end', () => {
    expect(openStep(failedIn('stop', 'lost'))?.id).toBe('stop');
    expect(openStep(runningIn('write'))?.id).toBe('write');
  });

  test('is none where nothing began, and where only a look failed', () => {
    expect(openStep(queued())).toBeUndefined();
    expect(openStep(runningIn('check'))).toBeUndefined();
    expect(openStep(failedIn('verify', 'down'))).toBeUndefined();
  });

  test('is none that an earlier job has done', () => {
    const done = fold(runningIn('check'), {
      at: T0,
      type: 'step-finished',
      step: 'stage',
      status: 'ok',
      detail: 'done by job d-0',
    });
    expect(openStep(done)).toBeUndefined();
  });
});

describe('what the site says of it', () => {
  test.each<[StepOutcome, boolean, string]>([
    [{ kind: 'ended', exit: '0' }, true, 'has ended well at the site'],
    [{ kind: 'ended', exit: '3' }, false, 'exit code 3'],
    [{ kind: 'ended', exit: 'timeout' }, false, 'was ended at the site: timeout'],
    [{ kind: 'ended', exit: 'lost' }, false, 'was called failed by a person'],
    [{ kind: 'unbegun' }, false, 'never began'],
  ])('%j settles it', (outcome, done, words) => {
    expect(judged(outcome)).toMatchObject({ settled: { step: 'stop', done } });
    expect(JSON.stringify(judged(outcome))).toContain(words);
  });

  test('a process that runs is waited for, and nobody is asked', () => {
    const seen = judged({ kind: 'running', pid: '4711', ageSec: 700 });
    expect(seen).toMatchObject({ code: 'refused.busy', finding: { level: 'fail' } });
    expect(JSON.stringify(seen)).toContain('still runs at the site as process 4711, for 11 min');
  });

  test.each<StepOutcome>([
    { kind: 'gone' },
    { kind: 'missing' },
    { kind: 'running', pid: '1', ageSec: 5, elsewhere: 'login07' },
  ])('%j leaves it to a person, who is told where to look and what to type', (outcome) => {
    const seen = judged(outcome);
    expect(seen).toMatchObject({ code: 'refused.lost', finding: { subject: 'earlier step' } });
    if ('settled' in seen) throw new Error('settled');
    expect(seen.finding.next).toContain('/ops/runs/d-1/stop/log');
    expect(seen.finding.next).toContain('retry d-1 --treat-as-failed');
  });

  test('where nothing is left of a job, its record is believed, and a build begins again', () => {
    expect(judged({ kind: 'missing' }, 'step.failed')).toMatchObject({ settled: { done: false } });
    expect(judged({ kind: 'missing' }, 'step.lost', { id: 'stage', title: 'Stage' })).toMatchObject({
      settled: { done: false },
    });
  });
});
