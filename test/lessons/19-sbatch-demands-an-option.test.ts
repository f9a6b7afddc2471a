import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { revealed } from '../../src/core/script.ts';
import { reveal } from '../../src/core/secret.ts';
import { scrontab } from '../../src/launchers/scrontab.ts';
import { renderTarget } from '../../src/plan/render-target.ts';
import { changedConfig } from '../config/folder.ts';
import { aLocalSite, type LocalSite } from '../contract/local-site.ts';
import { editSite } from '../fixtures/product.ts';
import { put } from '../fixtures/readers.ts';
import { combinations, RELEASE } from '../golden/combinations.ts';

// One day sbatch refused every job that names no architecture.

let site: LocalSite;
beforeAll(() => {
  site = aLocalSite();
});
afterAll(() => site.remove());

const REFUSAL = 'sbatch: error: Batch job submission failed: Job violates policy: no constraint was given';

test('the options of a submit are data of the site', () => {
  const dir = changedConfig({});
  editSite(dir, 'perlmutter', (doc) => {
    doc.setIn(['launcher', 'sbatch', 'constraint'], 'cpu');
    doc.setIn(['launcher', 'sbatch', 'extra'], ['--licenses=cfs']);
  });
  const { offered } = combinations(loadConfig(dir));
  const starters = ['perlmutter', 'nmdc'].map((name) => {
    const mine = offered.find((one) => one.own && one.site === name);
    if (mine === undefined) throw new Error(`${name} does not offer its own tools`);
    const starter = renderTarget(mine.target, RELEASE).find(({ path }) => path.endsWith('/starter.sh'));
    return reveal(starter?.content ?? '');
  });
  expect(starters[0]).toContain('--constraint=cpu');
  expect(starters[0]).toContain('--licenses=cfs');
  expect(starters[1]).toContain('--constraint=cron');
});

test('a refusal is passed on in its own words, and the job is submitted once', async () => {
  const mine = combinations().offered.find(({ own, launchTool }) => own && launchTool === 'scrontab');
  if (mine === undefined) throw new Error('no site runs its services in Slurm jobs');
  const { target } = mine;
  const starter = renderTarget(target, RELEASE).find(({ path }) => path.endsWith('/starter.sh'));
  // An empty queue, no reservation, and the recorded refusal: a Slurm with this policy cannot be had here.
  const calls = put(`${site.root}/calls`, '');
  put(`${site.root}/tools/squeue`, '#!/bin/sh\n', 0o755);
  put(`${site.root}/tools/scontrol`, '#!/bin/sh\n', 0o755);
  put(`${site.root}/tools/sbatch`, `#!/bin/sh\necho call >>${calls}\necho '${REFUSAL}' >&2\nexit 1\n`, 0o755);
  put(`${site.root}/.bash_profile`, `PATH=${site.root}/tools:$PATH\n`);
  const { install } = target.paths;
  const here = `${site.root}${install}`;
  put(`${here}/bin/starter.sh`, reveal(starter?.content ?? '').replaceAll(install, here), 0o700);
  const { code, output } = await site.run({ parts: [{ word: `${here}/bin/starter.sh` }] });
  expect(code).toBe(1);
  expect(output).toContain(REFUSAL);
  expect(readFileSync(calls, 'utf8')).toBe('call\n');
  expect(revealed(scrontab.start(target, scrontab.nothing)), 'nor does the start try again').not.toMatch(
    /for attempt|retry|until .*starter/,
  );
});
