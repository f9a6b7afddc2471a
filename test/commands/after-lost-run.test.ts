import { describe, expect, test } from 'vitest';
import { choicesAfter } from '../../src/commands/after-run.ts';
import { answer } from '../../src/commands/parse.ts';
import { ERRORS, type ErrorCode } from '../../src/core/errors.ts';
import type { ActionRequest, Caller } from '../../src/core/request.ts';
import { isFinal, type RunState } from '../../src/core/run.ts';
import { alice, directory } from '../fixtures/directory.ts';
import { FakeJobs } from '../fixtures/jobs.ts';
import { failedIn, fold, queued, runningIn, T0 } from '../fixtures/runs.ts';

const operator: Caller = { id: 'U0OPERATOR', name: 'olga', via: 'slack' };
const rights = {
  ...directory,
  may: (caller: Caller, right: string) =>
    caller.id === alice.id || (caller.id === operator.id && right !== 'deploy'),
};
const jobs = (state: RunState) => {
  const fake = new FakeJobs();
  fake.jobs.set(state.jobId, { state });
  return fake;
};
const say = (line: string, fake: FakeJobs, caller = alice) =>
  answer(line, { caller, directory: rights, jobs: fake, now: () => fake.now });

function ended(status: 'failed' | 'refused', code: ErrorCode, over: Partial<ActionRequest> = {}): RunState {
  const problem = { code, message: 'so it is', next: ERRORS[code].remedy };
  return fold(runningIn('stop', queued('d-1', over)), { at: T0, type: 'finished', status, problem });
}

describe('a run whose step was lost', () => {
  test('offers to look again, which is a retry', () => {
    const [first, ...others] = choicesAfter(ended('failed', 'step.lost'));
    expect(first).toMatchObject({ label: 'Look again', command: 'retry', input: { job: 'd-1' } });
    expect(others.map(({ command }) => command)).not.toContain('retry');
  });

  test('whose retry cannot find out asks for a decision on the first run', () => {
    const choices = choicesAfter(ended('refused', 'refused.lost', { retryOf: 'd-0' }));
    expect(choices.map(({ line }) => line)).toEqual(['retry d-0', 'retry d-0 --treat-as-failed']);
    expect(choices[1]).toMatchObject({ style: 'danger', input: { job: 'd-0', treatAsFailed: true } });
  });

  test('whose step still runs can only be looked at again', () => {
    const choices = choicesAfter(ended('refused', 'refused.busy', { retryOf: 'd-0' }));
    expect(choices.map(({ line }) => line)).toEqual(['retry d-0']);
  });

  test('what the check refused is tried again on the first run, which knows what is done', () => {
    const [again] = choicesAfter(ended('refused', 'refused.check', { retryOf: 'd-0' }));
    expect(again?.line).toBe('retry d-0');
    expect(choicesAfter(ended('refused', 'refused.lost'))).toEqual([]);
  });
});

describe('retry --treat-as-failed', () => {
  const restart = failedIn('stop', 'lost', queued('d-1', { action: 'restart' }));

  test('takes the right to deploy also where the action does not', async () => {
    const fake = jobs(restart);
    const reply = await say('retry d-1 --treat-as-failed', fake, operator);
    expect(reply).toMatchObject({ problem: { code: 'refused.permission' } });
    expect(fake.submitted).toEqual([]);
    expect(await say('retry d-1', fake, operator)).toMatchObject({ kind: 'run' });
  });

  test('is part of the request, on record, and not taken over by the next retry', async () => {
    const fake = jobs(restart);
    await say('retry d-1 --treat-as-failed', fake);
    expect(fake.submitted).toMatchObject([{ action: 'restart', retryOf: 'd-1', treatAsFailed: true }]);
    expect(fake.entries).toMatchObject([{ what: 'retry', who: alice, details: 'treatAsFailed true' }]);
    const [again] = [...fake.jobs.values()].filter(({ state }) => !isFinal(state));
    if (again === undefined) throw new Error('nothing was queued');
    fake.push(fold(again.state, { at: T0, type: 'finished', status: 'refused' }));
    await say(`retry ${again.state.jobId}`, fake);
    expect(fake.submitted.at(-1)).not.toHaveProperty('treatAsFailed');
  });
});
