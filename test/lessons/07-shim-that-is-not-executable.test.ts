import { chmodSync, statSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stagedName } from '../../src/core/file.ts';
import { raw } from '../../src/core/script.ts';
import { reveal } from '../../src/core/secret.ts';
import { conditionOf } from '../../src/core/service.ts';
import { parseUnit } from '../../src/launchers/systemd-unit-state.ts';
import { renderTarget } from '../../src/plan/render-target.ts';
import { writeScript } from '../../src/plan/write.ts';
import { put } from '../contract/local-site.ts';
import { combinations, RELEASE } from '../golden/combinations.ts';
import { aQuickSite, type QuickSite } from './world.ts';

// On a first deploy the modes were set before the shims were written. A unit whose file cannot be executed is skipped
// by systemd in silence, and its start counts as a success.

let quick: QuickSite;
beforeAll(async () => {
  quick = await aQuickSite();
  quick.install();
});
afterAll(() => quick.site.remove());

test('each file has its mode from its first moment, whatever was there before', async () => {
  const { target, site } = quick;
  const files = renderTarget(target, RELEASE);
  const staging = `${site.root}/staging`;
  for (const file of files) put(`${staging}/${stagedName(file.path)}`, reveal(file.content));
  chmodSync(`${target.paths.bin}/run-daemon`, 0o600);
  const write = writeScript(target, files, 'first');
  const ran = await site.run({
    parts: [...raw(`JAWS_OPS_STAGING=${staging}\nexport JAWS_OPS_STAGING\n`).parts, ...write.parts],
  });
  expect(ran, ran.output).toMatchObject({ code: 0 });
  for (const { path, mode } of files) expect(statSync(path).mode & 0o7777, path).toBe(mode);
});

test('nothing is started with a shim that cannot be executed', async () => {
  chmodSync(`${quick.target.paths.bin}/run-daemon`, 0o600);
  const { code, output } = await quick.start();
  expect(code).not.toBe(0);
  expect(output).toContain('run-daemon is missing or not executable');
});

test('whatever a unit starts is written executable', () => {
  for (const { target, launchTool, name } of combinations().offered) {
    if (launchTool !== 'systemd') continue;
    const files = renderTarget(target, RELEASE);
    for (const unit of files.filter(({ path }) => path.endsWith('.service'))) {
      const command = /^ConditionFileIsExecutable=(.*)$/m.exec(reveal(unit.content))?.[1];
      const shim = files.find(({ path }) => path === command);
      expect((shim?.mode ?? 0) & 0o100, `${target.id}, ${name}: ${command}`).toBe(0o100);
    }
  }
});

test('a unit that systemd skipped is not running, though its start succeeded', () => {
  const skipped = parseUnit('run-daemon-dev.service', [
    'LoadState=loaded',
    'ActiveState=inactive',
    'SubState=dead',
    'Result=success',
    'MainPID=0',
    'ConditionResult=no',
    'ConditionTimestamp=Sun 2026-11-22 12:00:00 UTC',
  ]);
  expect(skipped).toMatchObject({ active: 'inactive', result: 'success', unmet: 'a condition' });
  expect(conditionOf([{ service: 'run-daemon', unit: 'x', condition: 'stopped' }])).toBe('stopped');
});
