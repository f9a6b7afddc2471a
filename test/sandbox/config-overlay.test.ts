import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { DEPLOYMENTS } from '../../src/core/target.ts';
import { type Endpoint, overlayConfig } from '../../src/sandbox/config-overlay.ts';
import { PACKAGE_DIR } from '../../src/sandbox/folder.ts';
import { siteSpecs } from '../../src/sandbox/site-spec.ts';

const real = join(PACKAGE_DIR, 'config');
let dir: string;

function endpoints(): Readonly<Record<string, Endpoint>> {
  const keys = { identityFile: '/keys/id', knownHostsFile: '/keys/known_hosts' };
  return Object.fromEntries(
    siteSpecs(real).map((spec) => [spec.name, { address: spec.address, port: 2222, ...keys }]),
  );
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'jaws-ops-overlay-'));
  overlayConfig(real, dir, endpoints(), { users: ['U0123ABCD'], cli: ['somebody'] });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('the configuration of a sandbox', () => {
  it('differs from the real one in access and sources only', () => {
    const [before, after] = [loadConfig(real), loadConfig(dir)];
    expect(after.sites).toEqual(before.sites);
    for (const site of after.sites) {
      for (const deployment of DEPLOYMENTS) {
        const { access, launcher, otherLaunchers, installer, otherInstallers, env, ...rest } = after.target(
          site,
          deployment,
        );
        const {
          access: _access,
          launcher: _launcher,
          otherLaunchers: _otherLaunchers,
          installer: _installer,
          otherInstallers: _otherInstallers,
          env: _env,
          ...expected
        } = before.target(site, deployment);
        expect(rest).toEqual(expected);
        const { JAWS_APPTAINER_PATH: _path, ..._values } = _env.values;
        expect(env.values).toEqual({ ..._values, JAWS_APPTAINER_PATH: '/usr/local/bin/apptainer' });
        const kinds = (own: string, others: readonly { readonly kind: string }[] | undefined) =>
          [own, ...(others ?? []).map(({ kind }) => kind)].sort();
        expect(kinds(installer.kind, otherInstallers)).toEqual(expect.arrayContaining(['venv']));
        expect(kinds(launcher.kind, otherLaunchers)).toEqual([
          'scrontab',
          'supervisor',
          ...(launcher.kind === 'systemd' ? ['systemd'] : []),
        ]);
        expect([launcher.kind, installer.kind]).toEqual([_launcher.kind, _installer.kind]);
        expect([access.user, access.become, access.transport]).toEqual([
          _access.user,
          _access.become,
          _access.transport,
        ]);
        expect([access.identityFile, access.knownHostsFile]).toEqual(['/keys/id', '/keys/known_hosts']);
      }
    }
  });

  it('has the real policy when it has no operators', () => {
    overlayConfig(real, dir, endpoints(), { users: [] });
    expect(loadConfig(dir).policy).toEqual(loadConfig(real).policy);
  });

  it('leads to loopback addresses, one per site, tahoma through its gateway', () => {
    const config = loadConfig(dir);
    const gates = config.sites.map((site) => {
      const { access } = config.target(site, 'dev');
      return access.jumps[0] ?? access;
    });
    for (const gate of gates)
      expect(gate).toMatchObject({ host: expect.stringMatching(/^127\.0\.0\.\d+$/), port: 2222 });
    expect(new Set(gates.map((gate) => gate.host)).size).toBe(config.sites.length);
    expect(config.target('tahoma', 'dev').access).toMatchObject({ host: 'twf1.emsl.pnl.gov', port: 22 });
  });

  it('installs from the wheels of the sandbox', () => {
    const target = loadConfig(dir).target('aws', 'dev');
    expect(target.installer).toMatchObject({
      source: { wheel: '/opt/jaws-wheels/jaws_site-{version}-py3-none-any.whl' },
      pipArgs: ['--no-index'],
    });
    expect(target.launcher).toMatchObject({ pipArgs: ['--no-index', '--find-links', '/opt/jaws-wheels'] });
  });

  it('lets its operators do everything', () => {
    const rule = loadConfig(dir).policy.rules.at(-1);
    expect(rule).toMatchObject({
      users: ['U0123ABCD'],
      cli: ['somebody'],
      rights: ['read', 'operate', 'deploy', 'approve'],
    });
  });
});
