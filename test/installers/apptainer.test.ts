import { describe, expect, it } from 'vitest';
import { OpsError } from '../../src/core/errors.ts';
import { stagedName } from '../../src/core/file.ts';
import { join, masked, raw, revealed } from '../../src/core/script.ts';
import { Secret } from '../../src/core/secret.ts';
import type { LaunchTool } from '../../src/core/target.ts';
import { apptainerInstance, apptainerRun } from '../../src/installers/apptainer.ts';
import type { ApptainerFacts } from '../../src/installers/apptainer-observe.ts';
import { imageOf, programOf } from '../../src/installers/apptainer-options.ts';
import { renderFiles } from '../../src/plan/render.ts';
import { runHere, shellcheck } from '../fixtures/shell.ts';
import { aTarget, type TargetOverrides } from '../fixtures/target.ts';

const release = { version: '2.5.4', name: '2.5.4-k3j9x2' };
const LOGIN = { CI_REGISTRY_USER: 'puller', CI_REGISTRY_PASSWORD: `pull $x "q" it's` };
const configured = (over: TargetOverrides = {}, block: Record<string, unknown> = {}) =>
  aTarget({
    installer: { kind: 'apptainer-run', ...block },
    ...over,
    values: { CI_REGISTRY: 'registry.invalid:5050', ...over.values },
    secrets: { ...LOGIN, ...over.secrets },
  });
const target = configured();
const facts: ApptainerFacts = {
  installed: {},
  releases: [],
  foreign: [],
  program: 'apptainer version 1.3.4',
  cache: { path: '/tmp', writable: true },
  freeKiB: 9e6,
};

describe('the scripts', () => {
  const targets = [
    target,
    configured({ root: "/it's here" }, { environment: { HTTPS_PROXY: 'http://p:1' } }),
    configured({ values: { JAWS_APPTAINER_PATH: '${HOME}/bin/apptainer' } }),
  ];
  const scripts = targets.flatMap((one) => [
    apptainerRun.observe(one, release).script,
    apptainerRun.live(one).script,
    apptainerRun.stage(one, release),
    apptainerRun.switch(one, release),
    apptainerRun.prune(one),
  ]);
  it.each(scripts.map((script, i) => [i, script] as const))('number %i passes shellcheck', (_i, script) => {
    expect(shellcheck(script)).toBe('');
  });

  it('hold no secret, not even a masked one', () => {
    for (const script of scripts) {
      expect(revealed(script)).toBe(masked(script));
      for (const value of Object.values(LOGIN)) expect(revealed(script)).not.toContain(value);
    }
  });

  it.each(['../2.5.4', '', 'a b', '-x', '.'])('refuse the release name "%s"', (name) => {
    for (const make of [apptainerRun.stage, apptainerRun.switch]) {
      expect(() => make(target, { version: '2.5.4', name })).toThrow(OpsError);
    }
  });
});

describe('the image of a version', () => {
  it('is made of registry, path and tag', () => {
    expect(imageOf(target, '2.5.4')).toEqual({
      uri: 'oras://registry.invalid:5050/advanced-analysis/jaws/jaws-site:apptainer-2.5.4',
      registry: 'oras://registry.invalid:5050',
    });
    const own = configured({}, { image: 'docker://other.invalid/jaws:{version}-site' });
    expect(imageOf(own, 'v3')).toEqual({
      uri: 'docker://other.invalid/jaws:v3-site',
      registry: 'docker://other.invalid',
    });
  });

  it.each(['', 'prod', 'Staging', 'dev', 'apptainer-2.5.4', 'docker-2.5.4', 'a b', '2.5/4'])(
    'is refused for "%s", in the check and in the stage',
    (version) => {
      const wrong = { version, name: 'x' };
      expect(() => apptainerRun.stage(target, wrong)).toThrow(OpsError);
      expect(apptainerRun.findings(target, facts, wrong)).toContainEqual(
        expect.objectContaining({ level: 'fail', subject: 'image' }),
      );
    },
  );

  it('needs a registry', () => {
    expect(() => imageOf(configured({ values: { CI_REGISTRY: '' } }), '2.5.4')).toThrow(
      'CI_REGISTRY: not set',
    );
  });
});

describe('the program', () => {
  it('is that of the site, always by its absolute path', () => {
    expect(programOf(target)).toBe('/usr/bin/apptainer');
    expect(programOf(configured({ values: { JAWS_APPTAINER_PATH: '/opt/a/apptainer' } }))).toBe(
      '/opt/a/apptainer',
    );
    expect(() => programOf(configured({ values: { JAWS_APPTAINER_PATH: 'bin/apptainer' } }))).toThrow(
      'expected an absolute path',
    );
  });

  const elsewhere = configured({ values: { JAWS_APPTAINER_PATH: '$TOOLS/apptainer' } });

  it('may begin with a reference, which stays one in the shims', () => {
    for (const [method, first] of [
      [apptainerRun, '#!/bin/bash -l'],
      [apptainerInstance, '#!/bin/bash -l'],
    ] as const) {
      const [shim] = renderFiles(method.files(elsewhere, release));
      expect(shim?.content).toMatch(
        new RegExp(`^${first}\\nexec "\\$\\{TOOLS:\\?.*\\}"/apptainer (run|instance start) `),
      );
    }
    const [plain] = renderFiles(apptainerInstance.files(target, release));
    expect(plain?.content).toMatch(/^#!\/bin\/bash\nexec \/usr\/bin\/apptainer /);
  });

  it('is looked at where the site says that the reference leads, and told when it leads nowhere', () => {
    const { script, parse } = apptainerRun.observe(elsewhere, release);
    const look = (tools: string) =>
      parse(runHere(join([raw(`TOOLS=${tools}`), script])).stdout, 0).programProblem;
    expect(look('/nowhere')).toBe('it is not there');
    const unset = runHere(join([raw('unset TOOLS'), script]));
    expect(parse(unset.stdout, unset.code).programProblem).toContain('TOOLS: is not set at this site');
  });
});

describe('the login', () => {
  it('travels as a file for the staging folder that any shell reads back', () => {
    const [file, ...others] = renderFiles(apptainerRun.secrets?.(target) ?? []);
    expect(others).toEqual([]);
    expect(file).toMatchObject({ mode: 0o600, transient: true });
    const content = file?.content;
    expect(content).toBeInstanceOf(Secret);
    const text = content instanceof Secret ? content.reveal() : '';
    const read = runHere({
      parts: [{ text: `${text}printf '%s|%s' "$registry_user" "$registry_password"` }],
    });
    expect(read.stdout).toBe(`${LOGIN.CI_REGISTRY_USER}|${LOGIN.CI_REGISTRY_PASSWORD}`);
    expect(revealed(apptainerRun.stage(target, release))).toContain(stagedName(file?.path ?? ''));
  });

  it('is none where there is none, and half of one is refused', () => {
    const none = configured({ secrets: { CI_REGISTRY_USER: undefined, CI_REGISTRY_PASSWORD: undefined } });
    expect(apptainerRun.secrets?.(none)).toEqual([]);
    const level = (of: typeof target) =>
      apptainerRun.findings(of, facts, release).find(({ subject }) => subject === 'registry login')?.level;
    expect(level(none)).toBe('warn');
    expect(level(configured({ secrets: { CI_REGISTRY_PASSWORD: undefined } }))).toBe('fail');
    expect(level(target)).toBeUndefined();
  });
});

describe('the schema', () => {
  it.each([
    [{ image: 'jaws-site:{version}' }, 'SCHEME://HOST/PATH:TAG'],
    [{ image: 'oras://{registry}/jaws-site:latest' }, '{version}'],
    [{ program: 'apptainer' }, 'absolute path'],
    [{ keep: 0 }, 'keep'],
    [{ source: {} }, 'source'],
    [{ environment: { 'A B': 'x' } }, 'environment'],
  ])('refuses %j', (block, message) => {
    const parsed = apptainerRun.schema.safeParse({ kind: 'apptainer-run', ...block });
    expect(parsed.success).toBe(false);
    expect(JSON.stringify(parsed.error?.issues)).toContain(message);
  });
});

describe('findings', () => {
  const bad = (over: Partial<ApptainerFacts>) =>
    apptainerRun.findings(target, { ...facts, ...over }, release).filter(({ level }) => level !== 'ok');

  it('are all well when nothing is missing', () => {
    expect(bad({})).toEqual([]);
  });

  it.each<[string, Partial<ApptainerFacts>, 'warn' | 'fail', string]>([
    ['no program', { programProblem: 'it is not there' }, 'fail', '/usr/bin/apptainer: it is not there'],
    ['closed cache', { cache: { path: '/c', writable: false } }, 'fail', '/c cannot be written to'],
    ['little disk', { freeKiB: 2000 * 1024 }, 'warn', '2000 MiB free'],
    ['no disk', { freeKiB: 900 * 1024 }, 'fail', '900 MiB free'],
  ])('%s', (_name, over, level, message) => {
    expect(bad(over)).toEqual([
      expect.objectContaining({ level, message: expect.stringContaining(message) }),
    ]);
  });

  it.each<[LaunchTool, boolean]>([
    ['systemd', true],
    ['supervisor', false],
    ['scrontab', false],
  ])('instances under %s: %s', (kind, fit) => {
    const instance = aTarget({
      installer: { kind: 'apptainer-instance' },
      launcher: { kind },
      values: { CI_REGISTRY: 'r.invalid' },
      secrets: LOGIN,
    });
    const failed = apptainerInstance
      .findings(instance, facts, release)
      .filter(({ level }) => level === 'fail');
    expect(failed.length === 0).toBe(fit);
  });
});

describe('the shims', () => {
  const args = (text: string) =>
    runHere({
      parts: [{ text: text.replace(/^#!.*\n/, '').replace(/^exec \S+/, "printf '%s\\n'") }],
    }).stdout.split('\n');
  const text = (of: typeof target, installer: typeof apptainerRun) => {
    const [file] = renderFiles(installer.files(of, release));
    return typeof file?.content === 'string' ? file.content : '';
  };
  const common = (install: string, log: string) => [
    '--cleanenv',
    '--env-file',
    `${install}/config/site.env`,
    '--no-home',
    '--mount',
    `type=bind,source=${install}/config/jaws-site.conf,destination=/etc/config/site/jaws-site.conf,ro`,
    '--mount',
    log,
  ];
  const inner = ['--log', '/var/log/site/run-daemon.log', '--log-level', 'DEBUG', 'run-daemon', ''];

  it('run a service in the foreground of a container', () => {
    const { install } = target.paths;
    const shim = text(target, apptainerRun);
    expect(shim).toMatch(/^#!\/bin\/bash -l\nexec \/usr\/bin\/apptainer run /);
    expect(args(shim)).toEqual([
      'run',
      ...common(install, `type=bind,source=${install}/log,destination=/var/log/site`),
      `${install}/bin/site.sif`,
      ...inner,
    ]);
  });

  it('start an instance with a name and a pid file of its own', () => {
    const of = configured({ installer: { kind: 'apptainer-instance' }, root: '/a,"b" c' });
    const { install } = of.paths;
    const shim = text(of, apptainerInstance);
    expect(shim).toMatch(/^#!\/bin\/bash\nexec \/usr\/bin\/apptainer instance start /);
    const quoted = (field: string) => `"${field.replaceAll('"', '""')}"`;
    const conf = quoted(`source=${install}/config/jaws-site.conf`);
    expect(args(shim)).toEqual([
      'instance',
      'start',
      '--cleanenv',
      '--env-file',
      `${install}/config/site.env`,
      '--no-home',
      '--mount',
      `type=bind,${conf},destination=/etc/config/site/jaws-site.conf,ro`,
      '--mount',
      `type=bind,${quoted(`source=${install}/log`)},destination=/var/log/site`,
      '--pid-file',
      `${install}/log/jaws-run-daemon-dev.pid`,
      `${install}/bin/site.sif`,
      'jaws-run-daemon-dev',
      ...inner,
    ]);
  });
});
