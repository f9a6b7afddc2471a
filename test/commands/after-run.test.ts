import { describe, expect, test } from 'vitest';
import { choicesAfter } from '../../src/commands/after-run.ts';
import { answer } from '../../src/commands/parse.ts';
import type { ErrorCode } from '../../src/core/errors.ts';
import type { RunState } from '../../src/core/run.ts';
import { alice, directory } from '../fixtures/directory.ts';
import { FakeJobs } from '../fixtures/jobs.ts';
import { failedIn, fold, queued, runningIn, succeeded, T0, targetStatus } from '../fixtures/runs.ts';

const labels = (state: RunState) => choicesAfter(state).map(({ label }) => label);
const refused = (code: ErrorCode) =>
  fold(queued(), {
    at: T0,
    type: 'finished',
    status: 'refused',
    problem: { code, message: 'no', next: 'Mend it.' },
  });
const withRelease = (step: Parameters<typeof runningIn>[0]): RunState => ({
  ...failedIn(step, 'it broke'),
  release: '2.5.4-1',
});
const down = (state: RunState): RunState => ({ ...state, observed: targetStatus('fatal') });

describe('what is offered', () => {
  test.each<[string, RunState, string[]]>([
    ['nothing while it goes on', runningIn('stage'), []],
    ['a look after a deploy', succeeded(), ['Status']],
    ['to do it after a dry run', succeeded(queued('d-1', { dryRun: true })), ['Deploy it now']],
    ['nothing after a cleanup', succeeded(queued('d-1', { action: 'cleanup' })), []],
    ['to go on where nothing was touched', withRelease('stage'), ['Retry from "Stage"']],
    [
      'to go on or back where something was',
      withRelease('write'),
      ['Retry from "Write"', 'Roll back', 'Status'],
    ],
    [
      'what the service wrote that is down',
      down(withRelease('verify')),
      ['Retry from "Verify"', 'Roll back', 'Logs of run-daemon', 'Status'],
    ],
    [
      'to look first where nobody knows',
      { ...withRelease('start'), problem: { code: 'step.lost', message: 'lost', next: 'Look.' } },
      ['Look again', 'Roll back', 'Status'],
    ],
    ['nothing where a rollback is under way already', { ...withRelease('start'), undoneBy: 'r-1' }, []],
    ['to try again what the check refused', refused('refused.check'), ['Try again', 'Doctor']],
    ['to try again where the site was away', refused('site.unreachable'), ['Try again', 'Doctor']],
    ['nothing against a lock', refused('refused.lock'), []],
    ['nothing against a maintenance', refused('refused.maintenance'), []],
    [
      'to take up what was cancelled',
      fold(queued(), { at: T0, type: 'finished', status: 'cancelled' }),
      ['Retry'],
    ],
  ])('%s', (_, state, expected) => {
    expect(labels(state)).toEqual(expected);
    expect(choicesAfter(state).filter(({ style }) => style === 'primary').length).toBeLessThanOrEqual(1);
  });
});

test('a dry run done for real keeps what was asked for, and is no dry run', async () => {
  const [choice] = choicesAfter(
    succeeded(queued('d-1', { version: '2.5.4', reason: 'go', installMethod: 'venv', dryRun: true })),
  );
  expect(choice?.line).toBe('deploy dev aws 2.5.4');
  const jobs = new FakeJobs();
  await answer('deploy dev aws 2.5.4 --install-method venv --reason go', {
    caller: alice,
    directory,
    jobs,
    now: () => T0,
  });
  expect({ kind: 'action', action: 'deploy', ...choice?.input }).toEqual(jobs.submitted[0]);
});
