import { ERRORS, type ErrorCode } from '../../src/core/errors.ts';
import { STEP_IDS } from '../../src/core/plan.ts';
import { ACTIONS, type ActionRequest } from '../../src/core/request.ts';
import type { RunState } from '../../src/core/run.ts';
import { failedIn, fold, queued, runningIn, succeeded, T0, targetStatus } from '../fixtures/runs.ts';
import type { Sample } from './sample.ts';

const JOB = '20261122-120000-ab12cd';
const asked = (over: Partial<ActionRequest> = {}) =>
  queued(JOB, { version: '2.5.4', reason: 'new release', ...over });
const ended = (
  status: 'failed' | 'refused' | 'cancelled',
  code: ErrorCode,
  state: RunState = runningIn('check', asked()),
  message = `aws-dev: ${ERRORS[code].title.toLowerCase()}`,
): RunState =>
  fold(state, {
    at: T0 + 9_000,
    type: 'finished',
    status,
    problem: { code, message, next: ERRORS[code].remedy },
  });
const released = (state: RunState): RunState => ({ ...state, release: '2.5.4-1' });
const seen = (state: RunState, condition: Parameters<typeof targetStatus>[0]): RunState => ({
  ...state,
  observed: targetStatus(condition),
});
const pip = 'pip cannot install jaws-site==2.5.4: no matching distribution found';

const awaiting = fold(
  runningIn('check', asked({ deployment: 'prod' })),
  { at: T0 + 900, type: 'step-finished', step: 'check', status: 'ok', detail: '14 checks passed' },
  {
    at: T0 + 1000,
    type: 'awaiting',
    approval: {
      hash: 'f'.repeat(64),
      until: T0 + 3_600_000,
      changes: ['JAWS Site 2.5.3 → 2.5.4', '3 of 12 files change'],
      changed: false,
      covers: 'rollback',
    },
  },
);

const STATES: readonly (readonly [string, RunState])[] = [
  ['waits for a worker', asked()],
  ['waits for approval', awaiting],
  ...STEP_IDS.map((step) => [`runs: ${step}`, runningIn(step, asked())] as const),
  [
    'runs and says something',
    fold(runningIn('stage', asked()), {
      at: T0 + 1500,
      type: 'step-output',
      step: 'stage',
      text: 'Collecting jaws-site==2.5.4\nDownloading 14.2 MB\n',
    }),
  ],
  [
    'taken up again by another worker',
    fold(runningIn('write', asked()), { at: T0 + 9, type: 'started', attempt: 2, worker: 'w2' }),
  ],
  ...ACTIONS.map((action) => [`done: ${action}`, succeeded(asked({ action }))] as const),
  ['done: one service', succeeded(queued(JOB, { action: 'restart', service: 'rpc-server' }))],
  ['done, with a warning', warned()],
  ['done during a maintenance', succeeded(asked({ duringMaintenance: 'asked by NERSC' }))],
  ['done during a freeze', succeeded(asked({ duringFreeze: 'a leak' }))],
  ['a dry run', succeeded(asked({ dryRun: true }))],
  ...STEP_IDS.map((step) => [`failed: ${step}`, released(failedIn(step, pip, asked()))] as const),
  ['failed, services are down', seen(released(failedIn('verify', 'rpc-server: fatal', asked())), 'fatal')],
  ['failed, supervisord is down', seen(released(failedIn('start', 'no answer', asked())), 'supervisor-down')],
  [
    'failed, rolled back by itself',
    { ...seen(released(failedIn('verify', 'rpc-server: fatal', asked())), 'fatal'), undoneBy: 'r-1' },
  ],
  ['lost', released(ended('failed', 'step.lost', runningIn('write', asked())))],
  ['at its time limit', ended('failed', 'step.timeout', runningIn('stage', asked()))],
  ['cancelled before anything was done', ended('cancelled', 'job.cancelled')],
  [
    'cancelled in the middle',
    seen(released(ended('cancelled', 'job.cancelled', runningIn('write', asked()))), 'stopped'),
  ],
  ...(
    [
      'refused.check',
      'refused.lock',
      'refused.freeze',
      'refused.maintenance',
      'refused.approval',
      'refused.lost',
      'refused.busy',
      'site.unreachable',
      'site.host-key',
      'site.login',
    ] as const
  ).map(
    (code) =>
      [`refused: ${code}`, ended('refused', code, runningIn('check', asked({ retryOf: 'd-0' })))] as const,
  ),
];

function warned(): RunState {
  const state = succeeded(asked());
  const steps = state.steps.map((step) =>
    step.id === 'environment'
      ? { ...step, status: 'warned' as const, detail: '/data/inputs: group users cannot be changed to jaws' }
      : step,
  );
  return { ...state, steps };
}

/** The live message of a run in every state. */
export const RUNS: readonly Sample[] = STATES.map(([name, state]) => ({
  group: 'Runs',
  name,
  kind: 'run',
  state,
}));
