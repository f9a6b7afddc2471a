import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { PACKAGE_DIR } from '../../src/sandbox/folder.ts';
import { siteSpecs } from '../../src/sandbox/site-spec.ts';

const real = join(PACKAGE_DIR, 'config');
const specs = siteSpecs(real);

describe('the sites of a sandbox', () => {
  it('are those of the configuration, each with ids and an address of its own', () => {
    expect(specs.map((spec) => spec.name)).toEqual([...loadConfig(real).sites].sort());
    const ids = specs.flatMap((spec) => spec.groups.map((group) => group.gid));
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(specs.map((spec) => spec.address)).size).toBe(specs.length);
  });

  it('have the account and a host name that the configuration expects', () => {
    const config = loadConfig(real);
    for (const spec of specs) {
      const { expect: expected, user } = config.target(spec.name, 'dev').access;
      expect([spec.service.name, spec.login.name]).toEqual([expected.account, user]);
      const pattern = (expected.hostname ?? '*').replaceAll('.', '\\.').replaceAll('*', '.*');
      expect(spec.hostname).toMatch(new RegExp(`^${pattern}$`));
    }
  });

  it('put the service account into the groups of its files', () => {
    const config = loadConfig(real);
    for (const spec of specs) {
      const { values } = config.target(spec.name, 'dev').env;
      for (const name of [values['JAWS_GROUP'], values['JAWS_USERS_GROUP']].filter((group) => group)) {
        expect(spec.groups.find((group) => group.name === name)?.members).toContain(spec.service.name);
      }
    }
  });

  it('include one that is added as a file, without changing the others', () => {
    const dir = mkdtempSync(join(tmpdir(), 'jaws-ops-spec-'));
    try {
      cpSync(real, dir, { recursive: true });
      const file =
        'access: { host: brand.example, user: ops, become: svc, expect: { hostname: "b[12]-*" } }\n';
      writeFileSync(
        join(dir, 'sites', 'brand.yaml'),
        `${file}env: { JAWS_GROUP: grp, JAWS_INSTALL_BASEDIR: /opt/j/i }\n`,
      );
      const [added, ...others] = siteSpecs(dir).toSorted((a) => (a.name === 'brand' ? -1 : 0));
      expect(others).toEqual(specs);
      expect(added).toMatchObject({
        name: 'brand',
        hostname: 'b1-1',
        address: '127.0.0.18',
        service: { name: 'svc', home: '/home/svc' },
        login: { name: 'ops' },
        groups: [{ name: 'grp' }, { name: 'ops' }],
      });
      expect(added?.trees.map((tree) => tree.path)).toContain('/opt/j');
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  it('refuse a file that is not one, by name', () => {
    const dir = mkdtempSync(join(tmpdir(), 'jaws-ops-spec-'));
    try {
      cpSync(real, dir, { recursive: true });
      writeFileSync(join(dir, 'sites', 'aws.yaml'), 'access: 3\n');
      expect(() => siteSpecs(dir)).toThrow(expect.objectContaining({ code: 'config.file' }));
      expect(() => siteSpecs(dir)).toThrow(/sites\/aws\.yaml/);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
