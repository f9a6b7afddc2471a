import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Launched } from '../../src/launchers/launcher.ts';
import { verification } from '../../src/plan/verify.ts';
import { aQuickSite, type QuickSite } from './world.ts';

// supervisord itself was down, the start of the services did nothing, and the deploy was called a success.

let quick: QuickSite;
beforeAll(async () => {
  quick = await aQuickSite();
  quick.install();
});
afterAll(() => quick.remove());

test('a start brings supervisord up first, and success is four services seen running', async () => {
  const { target } = quick;
  const request = {
    kind: 'action',
    action: 'deploy',
    site: 'aws',
    deployment: 'dev',
    dryRun: false,
  } as const;
  const { judge: judgeAll } = verification(request, target);
  const judge = (launched: Launched) => judgeAll({ launched, installed: {} }, '');

  const before = await quick.launched();
  expect(before.condition).toBe('supervisor-down');
  expect(judge(before).map(({ level }) => level)).toEqual(['fail', 'fail', 'fail', 'fail']);

  expect(await quick.start()).toMatchObject({ code: 0, output: expect.stringContaining('has been started') });
  const up = await quick.settled();
  expect(up.condition).toBe('running');
  expect(judge(up).map(({ level }) => level)).toEqual(['ok', 'ok', 'ok', 'ok']);

  writeFileSync(`${target.paths.config}/fail-rpc-server`, '');
  await quick.stop();
  await quick.start();
  const partly = judge(await quick.settled()).filter(({ level }) => level === 'fail');
  expect(partly.map(({ subject }) => subject)).toEqual(['rpc-server']);
});

test('without a wrapper or a venv it is not "down" but not installed, and the start says what is missing', async () => {
  const bare = await aQuickSite();
  try {
    expect(await bare.launched()).toMatchObject({ condition: 'not-installed' });
    const started = await bare.start();
    expect(started.code).not.toBe(0);
    expect(started.output).toContain('is missing: deploy first');
  } finally {
    await bare.site.remove();
  }
});
