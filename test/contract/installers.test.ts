import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Configured, InstallMethod, Target } from '../../src/core/target.ts';
import { apptainerInstance, apptainerRun } from '../../src/installers/apptainer.ts';
import { installers } from '../../src/installers/index.ts';
import { venv } from '../../src/installers/venv.ts';
import type { VenvFacts } from '../../src/installers/venv-observe.ts';
import { buildWheels } from '../../src/sandbox/wheels.ts';
import { quickPython } from '../fixtures/python.ts';
import { aTarget } from '../fixtures/target.ts';
import { apptainerWorld } from './apptainer-world.ts';
import { type InstallerWorld, installerSuite } from './installer-suite.ts';
import { aLocalSite, type LocalSite, put } from './local-site.ts';

const PACKAGE = fileURLToPath(new URL('../../src/sandbox/jaws-site', import.meta.url));

let wheels: string;
let python: string;
beforeAll(async () => {
  wheels = mkdtempSync(join(tmpdir(), 'jaws-wheels-'));
  await buildWheels(wheels);
  python = await quickPython(wheels);
});
afterAll(() => rmSync(wheels, { recursive: true, force: true }));

const worlds = {
  venv: venvWorld,
  'apptainer-run': () => apptainerWorld(wheels, apptainerRun),
  'apptainer-instance': () => apptainerWorld(wheels, apptainerInstance),
};

it('has every install method of the registry in this suite', () => {
  expect(Object.keys(worlds)).toEqual(Object.keys(installers));
});

installerSuite('venv', worlds.venv);
installerSuite('apptainer-run', worlds['apptainer-run']);
installerSuite('apptainer-instance', worlds['apptainer-instance']);

async function venvWorld(): Promise<InstallerWorld<VenvFacts>> {
  const site = aLocalSite();
  const target = venvTarget(site);
  return {
    installer: venv,
    target,
    site,
    tellsVersions: true,
    first: { version: '2.5.3', name: '2.5.3-one' },
    second: { version: '2.5.4', name: '2.5.4-two' },
    absent: { version: '2.5.9', name: '2.5.9-none' },
    liveVersion: async () =>
      execFileSync(`${target.paths.venv}/bin/jaws-site`, ['--version'], { encoding: 'utf8' }),
  };
}

function venvTarget(
  site: LocalSite,
  installer: Record<string, unknown> = {},
  values: Record<string, string> = {},
): Target {
  const configured: Configured<InstallMethod> = {
    kind: 'venv',
    source: { wheel: `${wheels}/jaws_site-{version}-py3-none-any.whl` },
    pipArgs: ['--no-index'],
    ...installer,
  };
  return aTarget({
    root: site.root,
    values: { JAWS_PYTHON: python, ...values },
    installer: configured,
  });
}

describe('venv in trouble', () => {
  let site: LocalSite;
  beforeAll(() => {
    site = aLocalSite();
  });
  afterAll(() => site.remove());

  it('removes what was left half-built and keeps an install of earlier scripts to go back to', async () => {
    const target = venvTarget(site);
    const { venvs, venv: live } = target.paths;
    const release = { version: '2.5.4', name: '2.5.4-a' };
    put(`${venvs}/${release.name}/half-built`, '');
    await site.must(venv.stage(target, release));
    expect(existsSync(`${venvs}/${release.name}/half-built`)).toBe(false);
    expect(readFileSync(`${venvs}/${release.name}/.jaws-release`, 'utf8')).toMatch(
      /^version=2\.5\.4\nsource=\/.*\.whl\nbuilt=\d{4}-.*Z\ndigest=sha256:[0-9a-f]{64}\n$/,
    );

    // What earlier scripts made: a venv in place of the link, its commands naming that path.
    rmSync(`${venvs}/${release.name}/.jaws-release`);
    renameSync(`${venvs}/${release.name}`, live);
    const script = readFileSync(`${live}/bin/jaws-site`, 'utf8');
    writeFileSync(`${live}/bin/jaws-site`, script.replaceAll(`${venvs}/${release.name}`, live));
    const facts = await site.look(venv.observe(target, release));
    expect(facts).toMatchObject({ legacy: true, installed: { live: 'legacy', version: '2.5.4' } });

    const next = { version: '2.6.0', name: '2.6.0-b' };
    await site.must(venv.stage(target, next));
    expect(await site.must(venv.switch(target, next))).toContain('kept the install of earlier scripts');
    const legacy = readdirSync(venvs).find((name) => name.startsWith('legacy-')) ?? '';
    await site.must(venv.switch(target, { version: '2.5.4', name: legacy }));
    expect(await site.look(venv.live(target))).toEqual({ live: legacy, version: '2.5.4' });
    expect(execFileSync(`${live}/bin/jaws-site`, ['--version'], { encoding: 'utf8' })).toContain('2.5.4');
  });

  it('fails, and leaves nothing, when the package is of another version', async () => {
    const target = venvTarget(site, { source: { directory: `${site.root}/source` } });
    cpSync(PACKAGE, `${site.root}/source`, { recursive: true });
    const release = { version: '9.9.9', name: '9.9.9-x' };
    expect((await site.look(venv.observe(target, release))).source).toBe('ok');
    const wrong = await site.run(venv.stage(target, release));
    expect(wrong.code).toBe(1);
    expect(wrong.output).toMatch(/error: the package is of version .*, expected 9\.9\.9/);
    expect(existsSync(`${target.paths.venvs}/${release.name}`)).toBe(false);
    const named = await site.run(venv.stage(target, { version: 'dev', name: 'dev-x' }));
    expect(named, named.output).toMatchObject({ code: 0 });
  });

  it('installs a tag of a git repository with a loaded python, through a proxy of its own', async () => {
    const repository = `${site.root}/repository`;
    cpSync(PACKAGE, repository, { recursive: true });
    const git = (...args: string[]) =>
      execFileSync('git', [
        '-C',
        repository,
        '-c',
        'user.name=t',
        '-c',
        'user.email=t@example.invalid',
        ...args,
      ]);
    git('init', '--quiet');
    git('add', '.');
    git('commit', '--quiet', '-m', 'package');
    git('tag', 'v-dev');
    const bin = `${site.root}/loaded`;
    put(
      `${bin}/python-of-module`,
      `#!/bin/sh\n[ "$1" != -m ] || [ "$HTTPS_PROXY" = 'http://proxy:1 2' ] || exit 9\nexec /usr/bin/python3 "$@"\n`,
      0o755,
    );
    const target = venvTarget(
      site,
      {
        source: { git: `file://${repository}`, ref: 'v-{version}' },
        environment: { HTTPS_PROXY: 'http://proxy:1 2' },
      },
      { JAWS_LOAD_PYTHON: `PATH=$PATH:${bin}; echo loaded`, JAWS_PYTHON: 'python-of-module' },
    );
    const release = { version: 'dev', name: 'dev-git' };
    expect(await site.look(venv.observe(target, release))).toMatchObject({
      source: 'ok',
      available: ['dev'],
    });
    const other = { version: '1.0.0', name: '1.0.0-git' };
    expect(await site.look(venv.observe(target, other))).toMatchObject({ source: 'missing' });
    await site.must(venv.stage(target, release));
    const gone = venvTarget(site, { source: { git: `file://${repository}-gone` } });
    const facts = await site.look(venv.observe(gone, other));
    expect(facts.source).toBe('unknown');
    expect(venv.findings(gone, facts, other)).toContainEqual(
      expect.objectContaining({ level: 'fail', message: expect.stringContaining('cannot be looked up') }),
    );
  });

  it('says what is wrong with python, before anything is built', async () => {
    const release = { version: '2.5.4', name: '2.5.4-p' };
    const fails = async (values: Record<string, string>, message: string) => {
      const target = venvTarget(site, {}, values);
      const facts = await site.look(venv.observe(target, release));
      const failed = venv.findings(target, facts, release).filter((finding) => finding.level === 'fail');
      expect(failed).toEqual([
        expect.objectContaining({ subject: 'python', message: expect.stringContaining(message) }),
      ]);
      expect((await site.run(venv.stage(target, release))).code).toBe(1);
    };
    await fails({ JAWS_PYTHON: 'python-that-is-not-here' }, 'it does not run');
    await fails({ JAWS_LOAD_PYTHON: 'echo gone: python/9 >&2; false' }, 'gone: python/9');
    const bare = `${site.root}/bare-python`;
    put(bare, '#!/bin/sh\necho 3.9.1\necho "No module named ensurepip" >&2\nexit 1\n', 0o755);
    await fails({ JAWS_PYTHON: bare }, 'cannot make a venv: No module named ensurepip');
  });
});

describe('venv pruning', () => {
  it('keeps the newest, the live one and the one before, and whatever is not ours', async () => {
    const site = aLocalSite();
    try {
      const target = venvTarget(site, { keep: 2 });
      const { venvs, venv: live } = target.paths;
      for (const day of [1, 2, 3, 4, 5, 6]) {
        put(`${venvs}/r${day}/.jaws-release`, `version=2.5.${day}\nbuilt=2026-01-0${day}T00:00:00Z\n`);
      }
      put(`${venvs}/broken/.jaws-building`, '');
      put(`${venvs}/somebody-elses/file`, '');
      await site.must(venv.switch(target, { version: '2.5.2', name: 'r2' }));
      await site.must(venv.switch(target, { version: '2.5.1', name: 'r1' }));
      await site.must(venv.prune(target));
      expect(readdirSync(venvs).sort()).toEqual(['.previous', 'r1', 'r2', 'r5', 'r6', 'somebody-elses']);
      expect(readlinkSync(live)).toBe(`${venvs}/r1`);
      await site.must(venv.prune(target));
    } finally {
      await site.remove();
    }
  });
});
