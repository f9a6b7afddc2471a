import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reveal } from '../../src/core/secret.ts';
import type { Configured, InstallMethod } from '../../src/core/target.ts';
import { apptainerRun } from '../../src/installers/apptainer.ts';
import { programOf } from '../../src/installers/apptainer-options.ts';
import { renderTarget } from '../../src/plan/render-target.ts';
import { staged } from '../contract/installer-suite.ts';
import { aLocalSite, type LocalSite, put } from '../contract/local-site.ts';
import { aTarget } from '../fixtures/target.ts';
import { combinations, RELEASE } from '../golden/combinations.ts';

// Supervised processes found no apptainer on their path, its cache in the home folder failed, and credentials that a
// pull had left in the account were used by the next.

let site: LocalSite;
beforeAll(() => {
  site = aLocalSite();
});
afterAll(() => site.remove());

test('every shim names the program by its absolute path', () => {
  for (const { target, installMethod, name } of combinations().offered) {
    if (target.deployment !== 'dev' || !installMethod.startsWith('apptainer')) continue;
    const program = programOf(target);
    expect(program, target.id).toMatch(/^[/$]/);
    const shims = renderTarget(target, RELEASE)
      .filter(({ path }) => target.services.some((service) => path === `${target.paths.bin}/${service.name}`))
      .map(({ content }) => reveal(content));
    expect(shims, `${target.id}, ${name}`).toHaveLength(target.services.length);
    for (const shim of shims) expect(shim, `${target.id}, ${name}`).not.toMatch(/^(exec )?apptainer /m);
  }
});

/** Writes down how it was called and with which folders; logs in, and cannot pull. */
const PROGRAM = (log: string) => `#!/bin/sh
printf '%s %s|%s|%s\\n' "$1" "$2" "$APPTAINER_CACHEDIR" "$APPTAINER_CONFIGDIR" >>${log}
case "$1 $2" in
'remote login') echo secret >"$APPTAINER_CONFIGDIR/credentials" ;;
pull*) echo 'registry said no' >&2; exit 1 ;;
esac
`;

test('a pull that fails logs out, leaves no credential, and kept its cache where the site says', async () => {
  const log = `${site.root}/calls`;
  const program = `${site.root}/opt/apptainer`;
  put(program, PROGRAM(log), 0o755);
  const installer: Configured<InstallMethod> = {
    kind: 'apptainer-run',
    environment: { APPTAINER_CACHEDIR: `${site.root}/scratch/cache` },
  };
  const target = aTarget({
    root: site.root,
    installer,
    values: { JAWS_APPTAINER_PATH: program, CI_REGISTRY: 'registry.invalid' },
    secrets: { CI_REGISTRY_USER: 'puller', CI_REGISTRY_PASSWORD: 'x' },
  });
  const { code, output } = await site.run(staged({ installer: apptainerRun, target, site }, RELEASE));
  expect(code).toBe(1);
  expect(output).toContain('the pull of');
  const calls = readFileSync(log, 'utf8').trim().split('\n');
  expect(calls.map((call) => call.split('|')[0]?.replace(/^pull .*/, 'pull'))).toEqual([
    'remote login',
    'pull',
    'remote logout',
  ]);
  for (const call of calls) {
    const [, cache, account = ''] = call.split('|');
    expect(cache).toBe(`${site.root}/scratch/cache`);
    expect(account, 'a folder of the pull alone').toContain(site.staging);
    expect(existsSync(account)).toBe(false);
  }
  const left = readdirSync(site.staging, { withFileTypes: true, recursive: true });
  expect(left.filter((entry) => !entry.isDirectory() || entry.name === 'apptainer')).toEqual([]);
});
