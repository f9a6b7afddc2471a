import { expect, test } from 'vitest';
import type { AutomaticRollback } from '../../src/config/rollbacks.ts';
import type { Approval } from '../../src/core/approval.ts';
import { ERRORS, type ErrorCode } from '../../src/core/errors.ts';
import type { StepId } from '../../src/core/plan.ts';
import type { RunState } from '../../src/core/run.ts';
import { type Undoable, undoingJob } from '../../src/run/automatic-rollback.ts';
import { alice } from '../fixtures/directory.ts';
import { runningIn } from '../fixtures/runs.ts';

interface Case {
  readonly rule?: AutomaticRollback;
  readonly status?: RunState['status'];
  readonly code?: ErrorCode;
  readonly step?: StepId;
  readonly wasUp?: boolean;
  readonly approval?: Approval;
}

function job(over: Case): string | undefined {
  const { rule, status = 'failed', code = 'verify.failed', step = 'verify', wasUp = true, approval } = over;
  const running: Undoable = {
    context: { jobId: 'd-1' },
    parts: rule === undefined ? {} : { automaticRollback: rule },
    recorder: {
      state: { ...runningIn(step), release: '2.5.4-d-1', ...(approval === undefined ? {} : { approval }) },
    },
    wasUp,
  };
  return undoingJob(running, status, { code, message: 'it failed', next: ERRORS[code].remedy });
}

const approval = (over: Partial<Approval>): Approval => ({
  hash: 'f'.repeat(64),
  until: 0,
  changes: [],
  changed: false,
  ...over,
});
const decision = { verdict: 'approved', by: alice, at: 0 } as const;

test('a deploy that failed with services down is rolled back by one job, always the same', () => {
  for (const code of ['step.failed', 'step.timeout', 'verify.failed'] as const)
    expect(job({ rule: 'free', code })).toBe('d-1-rollback');
  expect(job({ rule: 'free', step: 'stop' })).toBe('d-1-rollback');
});

test.each<[string, Case]>([
  ['the policy does not say so', {}],
  ['it was refused', { rule: 'free', status: 'refused', code: 'refused.check' }],
  ['somebody cancelled it', { rule: 'free', status: 'cancelled', code: 'job.cancelled' }],
  ['nobody knows how a step ended', { rule: 'free', code: 'step.lost' }],
  ['another worker has taken over', { rule: 'free', code: 'step.fenced' }],
  ['nothing was stopped yet', { rule: 'free', step: 'stage' }],
  ['nothing ran before it', { rule: 'free', wasUp: false }],
  ['the rollback needs an approval and the deploy had none', { rule: 'approved' }],
  ['the approval did not speak of it', { rule: 'approved', approval: approval({ decision }) }],
])('not when %s', (_when, over) => {
  expect(job(over)).toBeUndefined();
});

test('an approval that spoke of it covers it', () => {
  expect(job({ rule: 'approved', approval: approval({ covers: 'rollback', decision }) })).toBe(
    'd-1-rollback',
  );
});
