import { afterAll, beforeAll, expect, test } from 'vitest';
import { reveal } from '../../src/core/secret.ts';
import { renderTarget } from '../../src/plan/render-target.ts';
import { aLocalSite, type LocalSite, put } from '../contract/local-site.ts';
import { combinations, RELEASE } from '../golden/combinations.ts';

// A shim without its first line could not be run by every starter; one that began no login shell had no modules.

let site: LocalSite;
beforeAll(() => {
  site = aLocalSite();
});
afterAll(() => site.remove());

test('every executable file begins with a shell that sites have', () => {
  for (const { target, name } of combinations().offered) {
    for (const { path, mode, content } of renderTarget(target, RELEASE)) {
      if ((mode & 0o100) === 0) continue;
      const [first] = reveal(content).split('\n');
      expect(first, `${target.id}, ${name}: ${path}`).toMatch(/^#!\/bin\/(bash( -l)?|sh)$/);
    }
  }
});

test('a shim that starts a service of a venv is run by a login shell, in UTF-8', async () => {
  const mine = combinations().offered.find(({ installMethod }) => installMethod === 'venv');
  if (mine === undefined) throw new Error('no site installs venvs');
  const shim = renderTarget(mine.target, RELEASE).find(({ path }) => path.endsWith('/rpc-server'));
  const { install, venv } = mine.target.paths;
  const here = `${site.root}${install}`;
  put(`${site.root}/.bash_profile`, 'LOADED=by-login-shell; export LOADED\n');
  put(`${site.root}${venv}/bin/activate`, '');
  put(`${site.root}${venv}/bin/jaws-site`, '#!/bin/sh\necho "$LOADED $LC_ALL $PYTHONIOENCODING"\n', 0o755);
  put(`${here}/bin/rpc-server`, reveal(shim?.content ?? '').replaceAll(install, here), 0o700);
  const { output } = await site.run({ parts: [{ word: `${here}/bin/rpc-server` }] });
  expect(output).toContain('by-login-shell en_US.UTF-8 utf-8');
});
