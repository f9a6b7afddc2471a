import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const IMPORTS = "import { beforeAll, describe, it } from 'vitest';\n";

// Each test is a whole run of vitest.
vi.setConfig({ testTimeout: 240_000 });

let project = '';
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'tally-'));
  symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'));
});
afterEach(() => {
  rmSync(project, { recursive: true, force: true });
});

/** Last line and exit code of a real run over the given test files. */
function run(files: Readonly<Record<string, string>>): { last: string | undefined; status: number | null } {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), IMPORTS + text);
  const reporter = join(ROOT, 'scripts/tally.ts');
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const options = ['run', '--root', project, '--reporter=default', `--reporter=${reporter}`];
  const { stdout, status } = spawnSync(process.execPath, [vitest, ...options], { encoding: 'utf8' });
  return { last: stdout.trim().split('\n').at(-1), status };
}

it('counts what passed and ends with 0', () => {
  expect(run({ 'a.test.ts': "it('1', () => {}); it('2', () => {});" })).toEqual({
    last: '2 passed, 0 failed',
    status: 0,
  });
});

it('counts a failed test, a failed hook, a file that cannot be read and an error outside of tests', () => {
  const outcome = run({
    'a.test.ts': "it('1', () => {}); it('2', () => { throw new Error('no'); });",
    'b.test.ts': "describe('x', () => { beforeAll(() => { throw new Error('no'); }); it('3', () => {}); });",
    'c.test.ts': 'it(',
    'd.test.ts':
      "it('4', async () => { Promise.reject(new Error('stray')); await new Promise((r) => setImmediate(r)); });",
  });
  expect(outcome).toEqual({ last: '2 passed, 4 failed, 1 skipped', status: 1 });
});
