import { describe, expect, it } from 'vitest';
import { OpsError } from '../../src/core/errors.ts';
import type { Configured, InstallMethod } from '../../src/core/target.ts';
import { installerOf, installers } from '../../src/installers/index.ts';
import { venv } from '../../src/installers/venv.ts';
import type { VenvFacts } from '../../src/installers/venv-observe.ts';
import { versionsIn } from '../../src/installers/venv-release.ts';
import { shellcheck } from '../fixtures/shell.ts';
import { aTarget } from '../fixtures/target.ts';

const release = { version: '2.5.4', name: '2.5.4-k3j9x2' };
const configured = (installer: Record<string, unknown>, values: Record<string, string> = {}) =>
  aTarget({ installer: { kind: 'venv', ...installer } satisfies Configured<InstallMethod>, values });
const wheel = { wheel: '/opt/w/{version}/jaws_site-{version}-py3-none-any.whl' };
const target = configured({ source: wheel });
const facts: VenvFacts = {
  ...venv.nothing,
  python: { version: '3.11.2', path: '/usr/bin/python3' },
  freeKiB: 9e6,
};

describe('the scripts of venv', () => {
  const targets = [
    target,
    configured({ source: { directory: '/src/jaws site' }, environment: { HTTP_PROXY: 'http://p:1' } }),
    configured(
      { source: { git: 'https://git.invalid/jaws.git' } },
      { JAWS_LOAD_PYTHON: 'module load python/3.11' },
    ),
  ];
  const scripts = targets.flatMap((one) => [
    venv.observe(one, release).script,
    venv.live(one).script,
    venv.stage(one, release),
    venv.switch(one, release),
    venv.prune(one),
  ]);
  it.each(scripts.map((script, i) => [i, script] as const))('number %i passes shellcheck', (_i, script) => {
    expect(shellcheck(script)).toBe('');
  });

  it.each(['../2.5.4', '', 'a b', '-x', '.'])('refuse the release name "%s"', (name) => {
    for (const make of [venv.stage, venv.switch]) {
      expect(() => make(target, { version: '2.5.4', name })).toThrow(OpsError);
    }
  });
});

describe('the schema', () => {
  it.each([
    [{}, 'source'],
    [{ source: {} }, 'exactly one'],
    [{ source: { ...wheel, git: 'x' } }, 'exactly one'],
    [{ source: { wheel: 'relative-{version}.whl' } }, 'source'],
    [{ source: { wheel: '/no/place.whl' } }, 'source'],
    [{ source: wheel, keep: 0 }, 'keep'],
    [{ source: wheel, pip: [] }, 'pip'],
    [{ source: wheel, environment: { 'A B': 'x' } }, 'environment'],
  ])('refuses %j', (block, message) => {
    const parsed = venv.schema.safeParse({ kind: 'venv', ...block });
    expect(parsed.success).toBe(false);
    expect(JSON.stringify(parsed.error?.issues)).toContain(message);
  });
});

describe('versions in file names', () => {
  it('are found at every place of the template, oldest first', () => {
    const names = ['2.10.0', '2.9.1', '2.5.4'].map((v) => `/opt/w/${v}/jaws_site-${v}-py3-none-any.whl`);
    expect(versionsIn(wheel.wheel, [...names, '/opt/w/1.0/jaws_site-2.0-py3-none-any.whl', 'x'])).toEqual([
      '2.5.4',
      '2.9.1',
      '2.10.0',
    ]);
    expect(versionsIn('v{version}', ['v1.0', 'main', 'v2.0-rc1'])).toEqual(['1.0', '2.0-rc1']);
    expect(versionsIn('main', ['main'])).toEqual([]);
  });
});

describe('findings', () => {
  const bad = (over: Partial<VenvFacts>) =>
    venv.findings(target, { ...facts, ...over }, release).filter((finding) => finding.level !== 'ok');

  it('are all well when nothing is missing', () => {
    expect(bad({})).toEqual([]);
  });

  it.each<[string, Partial<VenvFacts>, 'warn' | 'fail', string]>([
    ['version', { source: 'missing', available: ['2.5.3', '2.6.0'] }, 'fail', 'available: 2.5.3, 2.6.0'],
    ['no version', { source: 'missing' }, 'fail', 'nor is any other version'],
    ['unreachable source', { source: 'unknown', sourceProblem: 'timed out' }, 'fail', 'timed out'],
    ['python', { pythonProblem: 'it does not run' }, 'fail', 'python3: it does not run'],
    ['little disk', { freeKiB: 400 * 1024 }, 'warn', '400 MiB free'],
    ['no disk', { freeKiB: 99 * 1024 }, 'fail', '99 MiB free'],
    ['no inodes', { freeInodes: 10 }, 'fail', '10 files'],
    ['plain folder', { legacy: true }, 'warn', 'plain folder'],
  ])('%s', (_name, over, level, message) => {
    expect(bad(over)).toEqual([
      expect.objectContaining({ level, message: expect.stringContaining(message) }),
    ]);
  });
});

describe('the shims', () => {
  it('are one per service, for their owner only, and name the live link', () => {
    const files = venv.files(target, release);
    expect(files.map((file) => file.path)).toEqual(
      target.services.map((s) => `${target.paths.bin}/${s.name}`),
    );
    expect(files.every((file) => file.mode === 0o700 && file.template === 'shims/venv')).toBe(true);
    expect(files[0]?.data).toEqual({
      venv: target.paths.venv,
      log: `${target.paths.log}/site-run-daemon.log`,
      conf: `${target.paths.config}/jaws-site.conf`,
      level: 'DEBUG',
      subcommand: 'run-daemon',
    });
  });
});

describe('the registry', () => {
  it('finds the method of a target', () => {
    expect(installerOf(target)).toBe(installers['venv']);
  });
});
