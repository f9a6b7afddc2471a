import { describe, expect, test } from 'vitest';
import type { Action } from '../../src/core/request.ts';
import type { ServiceCondition, TargetCondition } from '../../src/core/service.ts';
import { SERVICES } from '../../src/core/service.ts';
import { verification } from '../../src/plan/verify.ts';
import { request } from '../fixtures/runs.ts';
import { aTarget } from '../fixtures/target.ts';

const target = aTarget();
const judged = (
  action: Action,
  seen: { condition: TargetCondition; each?: ServiceCondition; version?: string },
  planned = '',
  service?: string,
) => {
  const wish = request({ action, ...(service === undefined ? {} : { service }) });
  const { condition, each, version } = seen;
  const services =
    each === undefined ? [] : SERVICES.map(({ name }) => ({ service: name, unit: name, condition: each }));
  const installed = version === undefined ? {} : { live: `${version}-x`, version };
  return verification(wish, target).judge({ launched: { condition, services }, installed }, planned);
};
const failures = (...args: Parameters<typeof judged>) =>
  judged(...args)
    .filter(({ level }) => level === 'fail')
    .map(({ subject, message }) => `${subject}: ${message}`);

describe('after a deploy', () => {
  const running = { condition: 'running', each: 'running' } as const;

  test('the planned version is live and every service runs', () => {
    expect(judged('deploy', { ...running, version: '2.6.0' }, '2.6.0').map(({ level }) => level)).toEqual(
      Array(5).fill('ok'),
    );
  });

  test('another version at the site is a failure, whatever runs', () => {
    expect(failures('deploy', { ...running, version: '2.5.4' }, '2.6.0')).toEqual([
      'version: 2.5.4 is live at the site, expected 2.6.0',
    ]);
    expect(failures('deploy', running, '2.6.0')).toEqual([
      'version: none is live at the site, expected 2.6.0',
    ]);
  });

  test('a restart of what has no known version asks for none', () => {
    expect(failures('restart', running)).toEqual([]);
  });
});

describe('after a stop', () => {
  test('services that are not seen are stopped only where the target says that nothing can run', () => {
    for (const condition of ['stopped', 'supervisor-down', 'not-installed'] as const)
      expect(failures('stop', { condition }), condition).toEqual([]);
    expect(failures('stop', { condition: 'unknown' })).toHaveLength(SERVICES.length);
    expect(failures('stop', { condition: 'unknown' }, '', 'rpc-server')).toEqual([
      'rpc-server: cannot be told to be stopped: the target is unknown',
    ]);
  });

  test('one that still runs is a failure, of the service that was to stop', () => {
    expect(failures('stop', { condition: 'running', each: 'running' }, '', 'rpc-server')).toEqual([
      'rpc-server: still running',
    ]);
    expect(failures('stop', { condition: 'stopped', each: 'stopped' })).toEqual([]);
  });
});
