import { expect, test } from 'vitest';
import type { RenderedFile } from '../../src/core/file.ts';
import { type Plan, sealPlan } from '../../src/core/plan.ts';
import { type Script, sh } from '../../src/core/script.ts';
import { request } from '../fixtures/runs.ts';
import { aSecret } from '../fixtures/target.ts';

const CONF: RenderedFile = {
  path: '/i/config/a.conf',
  mode: 0o600,
  content: aSecret('conf', 'password=sesame'),
};

function plan(script: Script, files: readonly RenderedFile[] = [], version = '2.5.4'): Plan {
  const step = {
    id: 'stage',
    title: 'Stage',
    kind: 'act',
    shell: 'sh',
    timeoutMs: 1,
    onFailure: 'stop',
  } as const;
  const steps = [{ ...step, script, files }];
  return sealPlan({ target: 'aws-dev', request: request(), version, steps, notes: [] });
}

test('the same plan has the same hash', () => {
  expect(plan(sh`echo ${1}`, [CONF]).hash).toBe(plan(sh`echo ${1}`, [{ ...CONF }]).hash);
  expect(plan(sh`echo`).hash).toMatch(/^[0-9a-f]{64}$/);
});

test.each([
  ['a script', plan(sh`echo 2`, [CONF])],
  [
    'the content of a secret file',
    plan(sh`echo 1`, [{ ...CONF, content: aSecret('conf', 'password=other') }]),
  ],
  ['a mode', plan(sh`echo 1`, [{ ...CONF, mode: 0o700 }])],
  ['a group', plan(sh`echo 1`, [{ ...CONF, group: 'jaws' }])],
  ['a file more', plan(sh`echo 1`, [CONF, { ...CONF, path: '/i/config/b.conf' }])],
  ['the version', plan(sh`echo 1`, [CONF], '2.6.0')],
])('%s makes another hash', (_what, other) => {
  expect(other.hash).not.toBe(plan(sh`echo 1`, [CONF]).hash);
});

test('no secret can be read in a plan', () => {
  expect(JSON.stringify(plan(sh`x ${aSecret('X', 'hush-hush')}`, [CONF]))).not.toMatch(/sesame|hush-hush/);
});
