import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

const versions = z.record(z.string(), z.string()).default({});
const manifestSchema = z.looseObject({
  engines: z.object({ node: z.string() }),
  dependencies: versions,
  devDependencies: versions,
});
const lockSchema = z.object({
  lockfileVersion: z.literal(3),
  packages: z.record(
    z.string(),
    z.looseObject({
      version: z.string().optional(),
      resolved: z.string().optional(),
      integrity: z.string().optional(),
      link: z.boolean().optional(),
      optional: z.boolean().optional(),
      os: z.array(z.string()).optional(),
      libc: z.array(z.string()).optional(),
      hasInstallScript: z.boolean().optional(),
    }),
  ),
});

const EXACT = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;
/** Packages that run a script of their own when they are installed. A new one wants a look at what it does. */
const INSTALL_SCRIPTS = ['cpu-features', 'esbuild', 'fsevents', 'msgpackr-extract', 'ssh2'];

const manifest = manifestSchema.parse(JSON.parse(read('package.json')));
const { packages } = lockSchema.parse(JSON.parse(read('package-lock.json')));
const installed = Object.entries(packages).filter(([path]) => path !== '');

describe('what is installed is what was looked at', () => {
  it('package.json names exact versions, and the lock has the same', () => {
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      expect(version, name).toMatch(EXACT);
      expect(packages[`node_modules/${name}`]?.version, name).toBe(version);
    }
  });

  it('every package comes from the registry: no git, no address, no folder', () => {
    for (const [path, { version, resolved, link }] of installed) {
      expect(version, path).toMatch(EXACT);
      expect(link, path).toBeUndefined();
      // Left out, it is the registry that npm is set to.
      if (resolved !== undefined) expect(resolved, path).toMatch(/^https:\/\//);
    }
  });

  it('every package that a Linux host gets is checked against its digest', () => {
    const without = installed.filter(([, { integrity }]) => !/^sha512-[\w+/]+=*$/.test(integrity ?? ''));
    for (const [path, { optional, os, libc }] of without) {
      expect(optional, path).toBe(true);
      expect(
        os?.includes('linux') !== true || libc?.includes('musl') === true || isOtherMachine(path),
        path,
      ).toBe(true);
    }
  });

  it('no further package runs a script at its installation', () => {
    const names = installed
      .filter(([, { hasInstallScript }]) => hasInstallScript === true)
      .map(([path]) => path.replace(/^.*node_modules\//, ''));
    for (const name of names) expect(INSTALL_SCRIPTS).toContain(name);
  });

  it('an older Node fails at the installation, with its reason', () => {
    expect(manifest.engines.node).toBe('>=20.19');
    expect(packages['']).toMatchObject({ engines: { node: manifest.engines.node } });
    expect(read('.npmrc')).toMatch(/^engine-strict=true$/m);
    expect(read('.npmrc')).toMatch(/^save-exact=true$/m);
  });
});

/** Binaries for processors that we do not run on, or for another C library, by the names their makers give them. */
function isOtherMachine(path: string): boolean {
  return /-musl$|-linux-arm$/.test(path);
}
