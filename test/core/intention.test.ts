import { describe, expect, test } from 'vitest';
import { differenceOf, downAgainst, type Intention, intendedAfter } from '../../src/core/intention.ts';
import type { ActionRequest } from '../../src/core/request.ts';
import type { RunEvent } from '../../src/core/run.ts';
import { failedIn, fold, queued, runningIn, succeeded, T0, targetStatus } from '../fixtures/runs.ts';

const run = (over: Partial<ActionRequest>) => succeeded(queued('d-9', over));
const observed: RunEvent = { at: T0 + 2900, type: 'observed', status: targetStatus('fatal') };
const UP: Intention = {
  site: 'aws',
  deployment: 'dev',
  wanted: 'up',
  version: '2.5.4',
  except: [],
  by: 'ada',
};

describe('what is intended for a target', () => {
  test('is what the last whole action that succeeded left', () => {
    expect(intendedAfter(undefined, run({ action: 'deploy' }))).toMatchObject({
      wanted: 'up',
      version: '2.5.4',
      jobId: 'd-9',
    });
    expect(intendedAfter(UP, run({ action: 'stop' }))).toMatchObject({ wanted: 'down', version: '2.5.4' });
    expect(intendedAfter({ ...UP, wanted: 'down' }, run({ action: 'start' }))).toMatchObject({
      wanted: 'up',
    });
  });

  test('knows services that were stopped one by one', () => {
    const stopped = intendedAfter(UP, run({ action: 'stop', service: 'rpc-server' }));
    expect(stopped).toMatchObject({ wanted: 'up', except: ['rpc-server'] });
    expect(intendedAfter(stopped, run({ action: 'start', service: 'rpc-server' }))).toMatchObject({
      except: [],
    });
    expect(intendedAfter(stopped, run({ action: 'restart' }))).toMatchObject({ except: [] });
  });

  test('is not changed by a dry run, a refusal, or a failure before anything was stopped', () => {
    expect(intendedAfter(UP, run({ dryRun: true }))).toBe(UP);
    expect(intendedAfter(UP, failedIn('check', 'no python'))).toBe(UP);
    expect(intendedAfter(UP, failedIn('stage', 'no space'))).toBe(UP);
    expect(intendedAfter(UP, runningIn('start'))).toBe(UP);
  });

  test('stays, and the target counts as left down, when a run failed after the stop, until one succeeds', () => {
    const left = intendedAfter(UP, failedIn('verify', 'fatal', fold(queued('d-8'), observed)));
    expect(left).toMatchObject({
      wanted: 'up',
      version: '2.5.4',
      left: { jobId: 'd-8', what: 'deploy failed' },
    });
    expect(intendedAfter(left, run({ action: 'stop' }))).not.toHaveProperty('left');
  });
});

describe('a target differs from what is intended', () => {
  test.each([
    [UP, targetStatus('running'), undefined],
    [UP, targetStatus('fatal'), 'should be running 2.5.4 (ada)'],
    [UP, targetStatus('supervisor-down'), 'should be running 2.5.4 (ada)'],
    [UP, targetStatus('unreachable'), undefined],
    [{ ...UP, version: '2.6.0' }, targetStatus('running'), 'should be version 2.6.0 (ada)'],
    [{ ...UP, wanted: 'down' as const }, targetStatus('running'), 'should be stopped (ada)'],
    [{ ...UP, wanted: 'down' as const }, targetStatus('stopped'), undefined],
    [undefined, targetStatus('fatal'), undefined],
  ])('%#', (intention, status, difference) => {
    expect(differenceOf(intention, status)).toBe(difference);
  });

  test('another version is no reason to start it', () => {
    expect(downAgainst([{ ...UP, version: '2.6.0' }], [targetStatus('running')])).toEqual([]);
    expect(downAgainst([UP], [targetStatus('fatal')])).toHaveLength(1);
  });
});
