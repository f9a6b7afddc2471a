import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { collect } from '../../src/sandbox/process.ts';

const TEMPLATE = fileURLToPath(new URL('../../deploy/jaws-chatops@.service', import.meta.url));

let dir: string;
let unit: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'jaws-ops-unit-'));
  unit = join(dir, 'jaws-chatops@worker.service');
  copyFileSync(TEMPLATE, unit);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('systemd understands every line of the unit', async () => {
  const { code, stdout, stderr } = await collect(['systemd-analyze', 'verify', '--man=no', unit]);
  expect(`${stdout}${stderr}`).toBe('');
  expect(code).toBe(0);
});

test('what the unit may do is little, by the judgement of systemd itself', async () => {
  const { stdout } = await collect(['systemd-analyze', 'security', '--offline=true', '--no-pager', unit]);
  const exposure = Number(/exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1]);
  expect(exposure).toBeGreaterThan(0);
  expect(exposure).toBeLessThanOrEqual(3);
});
