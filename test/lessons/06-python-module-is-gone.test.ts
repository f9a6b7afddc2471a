import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Configured, InstallMethod } from '../../src/core/target.ts';
import { venv } from '../../src/installers/venv.ts';
import { aLocalSite, type LocalSite } from '../contract/local-site.ts';
import { aTarget } from '../fixtures/target.ts';
import { refusals } from './world.ts';

// Names of modules vanish with upgrades, and some hosts have no modules at all. The deploy found out after it had
// stopped the services.

let site: LocalSite;
beforeAll(() => {
  site = aLocalSite();
});
afterAll(() => site.remove());

const RELEASE = { version: '2.5.4', name: '2.5.4-m' };
const installer: Configured<InstallMethod> = {
  kind: 'venv',
  source: { directory: '/usr' },
};

async function found(load: string, python = '/usr/bin/python3'): Promise<readonly string[]> {
  const target = aTarget({
    root: site.root,
    installer,
    values: { JAWS_LOAD_PYTHON: load, JAWS_PYTHON: python },
  });
  const facts = await site.look(venv.observe(target, RELEASE));
  const refused = refusals(venv.findings(target, facts, RELEASE)).filter((line) => line.startsWith('python'));
  if (refused.length > 0) expect((await site.run(venv.stage(target, RELEASE))).code).toBe(1);
  return refused;
}

test('a load command that fails is told with its own words, before anything is stopped', async () => {
  const gone = "echo 'Unable to locate a modulefile for python/3.11' >&2; false";
  expect(await found(gone)).toEqual([
    expect.stringContaining('Unable to locate a modulefile for python/3.11'),
  ]);
});

test('one that succeeds without giving a python is found as well', async () => {
  expect(await found('true', 'python-of-module')).toEqual([expect.stringContaining('does not run')]);
});

test('without a load command nothing is loaded', async () => {
  expect(await found('')).toEqual([]);
});
