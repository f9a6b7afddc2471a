import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Target } from '../../src/core/target.ts';
import { apptainerRun } from '../../src/installers/apptainer.ts';
import { buildWheels } from '../../src/sandbox/wheels.ts';
import { apptainerTarget, PASSWORD, USER } from './apptainer-world.ts';
import { staged } from './installer-suite.ts';
import { aLocalSite, type LocalSite, put } from './local-site.ts';

const release = { version: '2.5.4', name: '2.5.4-a' };
let wheels: string;
let site: LocalSite;
beforeAll(async () => {
  wheels = mkdtempSync(join(tmpdir(), 'jaws-wheels-'));
  await buildWheels(wheels);
});
afterAll(() => rmSync(wheels, { recursive: true, force: true }));
beforeEach(() => {
  site = aLocalSite();
});
afterEach(() => site.remove());

const target = (options: Parameters<typeof apptainerTarget>[3] = {}) =>
  apptainerTarget(site, wheels, 'apptainer-run', options);
const stage = (of: Target, what = release) =>
  site.run(staged({ installer: apptainerRun, target: of, site }, what));

/** Everything that a pull has left in the account, images, cache and the folders of staged files apart. */
function left(of: Target): readonly string[] {
  return [
    ...readdirSync(site.root).filter((name) => name.startsWith('.') || name === 'staging'),
    ...readdirSync(site.staging, { withFileTypes: true, recursive: true })
      .filter((entry) => !entry.isDirectory() || entry.name === 'apptainer')
      .map(({ name }) => name),
    ...(existsSync(of.paths.bin) ? readdirSync(of.paths.bin).filter((name) => name.startsWith('.')) : []),
  ];
}

describe('a pull', () => {
  it('records digest and build, caches where it is told, and leaves no login', async () => {
    const of = target();
    const { code, output } = await stage(of);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toContain('Logout succeeded');
    expect(output).not.toContain('pull $x');
    const digest = /sha256:([0-9a-f]{64}), commit ([0-9a-f]{40})/.exec(output);
    const mark = readFileSync(`${of.paths.bin}/site-2.5.4-a.sif.release`, 'utf8');
    expect(mark).toContain('version=2.5.4\n');
    expect(mark).toContain(
      'source=oras://registry.invalid/advanced-analysis/jaws/jaws-site:apptainer-2.5.4\n',
    );
    expect(mark).toContain(`digest=sha256:${digest?.[1]}\n`);
    expect(mark).toContain(`build.commit_hash=${digest?.[2]}\n`);
    expect(mark).toContain('build.subject=Release 2.5.4 (stand-in)\n');
    expect(existsSync(`${site.root}/cache`)).toBe(true);
    expect(left(of)).toEqual(['staging']);
  });

  it.each([
    ['a wrong password', { CI_REGISTRY_PASSWORD: 'wrong' }, 'the login of .* failed'],
    ['no login', { CI_REGISTRY_USER: undefined, CI_REGISTRY_PASSWORD: undefined }, 'the pull of .* failed'],
  ])('fails with %s, and leaves nothing', async (_what, secrets, message) => {
    const of = target({ secrets });
    const { code, output } = await stage(of);
    expect(code).toBe(1);
    expect(output).toMatch(new RegExp(`^error: ${message}`, 'm'));
    expect(left(of)).toEqual(['staging']);
    expect(readdirSync(of.paths.bin)).toEqual([]);
  });

  it('logs out when the pull fails', async () => {
    const of = target();
    const { code, output } = await stage(of, { version: '9.9.9', name: '9.9.9-a' });
    expect(code).toBe(1);
    expect(output).toContain('manifest unknown');
    expect(output).toContain('Logout succeeded');
    expect(left(of)).toEqual(['staging']);
  });

  it('neither uses nor touches a login that the account had before', async () => {
    const old = `${site.root}/.apptainer/docker-config.json`;
    const auth = Buffer.from(`${USER}:${PASSWORD}`).toString('base64');
    const text = JSON.stringify({ auths: { 'registry.invalid': { auth } } });
    put(old, text);
    const stale = await stage(target({ secrets: { CI_REGISTRY_PASSWORD: 'wrong' } }));
    expect(stale.code).toBe(1);
    const none = { CI_REGISTRY_USER: undefined, CI_REGISTRY_PASSWORD: undefined };
    expect((await stage(target({ secrets: none }))).code).toBe(1);
    expect((await stage(target())).code).toBe(0);
    expect(readFileSync(old, 'utf8')).toBe(text);
  });

  it('goes through the configured proxy', async () => {
    const proxy = 'http://proxy.invalid:3128';
    expect((await stage(target({ proxy, environment: { HTTPS_PROXY: proxy } }))).code).toBe(0);
  });

  it.each([
    ['a proxy that is in the way', undefined, 'but works without it: correct installer.environment'],
    ['a proxy that is the wrong one', 'http://right.invalid:1', 'through the proxy .* and without it'],
  ])('tells %s, and does not install what came another way', async (_what, proxy, message) => {
    const wrong = { HTTPS_PROXY: 'http://wrong.invalid:1' };
    const of = target({ environment: wrong, ...(proxy === undefined ? {} : { proxy }) });
    const { code, output } = await stage(of);
    expect(code).toBe(1);
    expect(output).toMatch(new RegExp(`^error: .*${message}`, 'm'));
    expect(readdirSync(of.paths.bin)).toEqual([]);
    expect(left(of)).toEqual(['staging']);
  });

  it('says that there is no proxy when one is needed', async () => {
    const { output } = await stage(target({ proxy: 'http://proxy.invalid:1' }));
    expect(output).toMatch(/^error: the login of .* failed; no proxy is set/m);
  });

  it('refuses an image in which the command does not answer', async () => {
    const of = target();
    const program = `${site.root}/apptainer`;
    put(
      program,
      '#!/bin/sh\ncase $1 in pull) echo x >"$3" ;; run) echo "ImportError: broken" >&2; exit 1 ;; esac\n',
      0o755,
    );
    const broken = { ...of, env: { ...of.env, values: { ...of.env.values, JAWS_APPTAINER_PATH: program } } };
    const { code, output } = await stage(broken);
    expect(code).toBe(1);
    expect(output).toContain('error: jaws-site --help does not work in the image: ImportError: broken');
    expect(readdirSync(of.paths.bin)).toEqual([]);
  });
});

describe('a look', () => {
  it('tells what hinders the pull, before anything is stopped', async () => {
    const cache = `${site.root}/registry.json/cache`;
    const of = target({ environment: { APPTAINER_CACHEDIR: cache } });
    const gone = {
      ...of,
      env: { ...of.env, values: { ...of.env.values, JAWS_APPTAINER_PATH: '/no/apptainer' } },
    };
    const facts = await site.look(apptainerRun.observe(gone, release));
    const failed = apptainerRun.findings(gone, facts, release).filter(({ level }) => level === 'fail');
    expect(failed.map(({ message }) => message)).toEqual([
      '/no/apptainer: it is not there',
      `${cache} cannot be written to`,
    ]);
  });

  it('takes an image whose file is gone for no install', async () => {
    const of = target();
    await site.must(staged({ installer: apptainerRun, target: of, site }, release));
    await site.must(apptainerRun.switch(of, release));
    expect(await site.look(apptainerRun.live(of))).toEqual({ live: '2.5.4-a', version: '2.5.4' });
    rmSync(`${of.paths.bin}/site-2.5.4-a.sif`);
    expect(await site.look(apptainerRun.live(of))).toEqual({});
  });
});

describe('pruning images', () => {
  it('keeps the newest, the live one, the one before, and what is not ours', async () => {
    const of = target({ keep: 2 });
    const { bin } = of.paths;
    for (const day of [1, 2, 3, 4, 5, 6]) {
      put(`${bin}/site-r${day}.sif`, 'image');
      put(`${bin}/site-r${day}.sif.release`, `version=2.5.${day}\nbuilt=2026-01-0${day}T00:00:00Z\n`);
    }
    put(`${bin}/site-2.4.0.sif`, 'of earlier scripts');
    put(`${bin}/site-gone.sif.release`, 'version=1\nbuilt=2027-01-01T00:00:00Z\n');
    put(`${bin}/.pulling-site-x.sif`, 'half');
    put(`${bin}/run-daemon`, '#!/bin/sh\n');
    await site.must(apptainerRun.switch(of, { version: '2.5.2', name: 'r2' }));
    await site.must(apptainerRun.switch(of, { version: '2.5.1', name: 'r1' }));
    const facts = await site.look(apptainerRun.observe(of, release));
    expect(facts.foreign).toEqual(['site-2.4.0.sif']);
    await site.must(apptainerRun.prune(of));
    await site.must(apptainerRun.prune(of));
    const images = readdirSync(bin).filter((name) => name.endsWith('.sif'));
    expect(images.sort()).toEqual(
      ['site-2.4.0.sif', 'site-r1.sif', 'site-r2.sif', 'site-r5.sif', 'site-r6.sif', 'site.sif'].sort(),
    );
    expect(existsSync(`${bin}/site-gone.sif.release`)).toBe(false);
    expect(readlinkSync(`${bin}/site.sif`)).toBe(`${bin}/site-r1.sif`);
  });

  it('does not take the place of somebody else’s file', async () => {
    const of = target();
    put(`${of.paths.bin}/site.sif`, 'a real file');
    chmodSync(`${of.paths.bin}/site.sif`, 0o600);
    await site.must(staged({ installer: apptainerRun, target: of, site }, release));
    const { code, output } = await site.run(apptainerRun.switch(of, release));
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining('site.sif is not a link') });
  });
});
