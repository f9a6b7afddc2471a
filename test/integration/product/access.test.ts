import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunState } from '../../../src/core/run.ts';
import { programOf } from '../../../src/sandbox/process.ts';
import { typed } from '../../../src/sandbox/typed.ts';
import { aProduct, editSite, type TestProduct } from '../../fixtures/product.ts';
import { descendantsOf } from '../../fixtures/sandbox.ts';
import { SETTLES_SOON } from '../../fixtures/target.ts';
import { until } from '../../fixtures/until.ts';

const SITES = ['perlmutter', 'tahoma', 'aws', 'assembly', 'jgi'];

/** The ways in are as configured; behind them are the services of AWS, which need the least. */
function withVenvs(dir: string): void {
  for (const site of SITES) {
    editSite(dir, site, (doc) => {
      doc.set('launcher', doc.createNode({ kind: 'supervisor', ...SETTLES_SOON }));
      doc.set(
        'installer',
        doc.createNode({ kind: 'venv', source: { git: 'https://example.invalid/jaws.git' } }),
      );
      for (const key of ['launchers', 'installers']) doc.delete(key);
      doc.deleteIn(['env', 'JAWS_PERLMUTTER']);
    });
  }
  editSite(dir, 'aws', (doc) => doc.setIn(['access', 'expect', 'hostname'], 'ip-10-0-0-99'));
  editSite(dir, 'assembly', (doc) => doc.setIn(['access', 'expect', 'account'], 'jaws'));
}

let product: TestProduct;
beforeAll(async () => {
  product = await aProduct(SITES, {}, withVenvs);
});
afterAll(() => product.remove());

const check = (state: RunState | undefined) => state?.steps.find(({ id }) => id === 'check');
const said = (state: RunState | undefined) => (check(state)?.tail ?? []).join('\n');

describe.sequential('a site whose key lives for a day', () => {
  test('is deployed to with a certificate that its sshd trusts', async () => {
    await product.world.certify('-5m:+1d');
    const { state } = await typed(product, '/jaws deploy dev perlmutter');
    expect(state?.problem).toBeUndefined();
    expect(state?.status).toBe('succeeded');
    expect(said(state)).not.toContain('certificate');
  });

  test('warns when the certificate may end during the run, and names the command that renews it', async () => {
    const before = Date.now();
    await product.world.certify('-5m:+20m');
    const { state } = await typed(product, '/jaws deploy dev perlmutter --dry-run');
    const passed = Date.now() - before;
    expect(state?.status).toBe('succeeded');
    const minutes = /login certificate: .* ends in (\d+) min.*`sshproxy -c jaws`/.exec(said(state))?.[1];
    expect(Number(minutes)).toBeLessThan(20);
    // A certificate counts in whole seconds.
    expect(Number(minutes)).toBeGreaterThanOrEqual(Math.floor((20 * 60_000 - 1_000 - passed) / 60_000));
  });

  test('refuses at the check when the certificate has ended, though a login is still open', async () => {
    await product.world.certify('-2h:-1h');
    const { state, shown } = await typed(product, '/jaws deploy dev perlmutter');
    expect(state?.status).toBe('refused');
    expect(state?.problem?.message).toMatch(/login certificate: .* ended 1 h ago/);
    expect(state?.problem?.next).toContain('sshproxy -c jaws');
    expect(shown).toContain('sshproxy -c jaws');
  });

  test('is told by its cause when the login is refused: the certificate, its end, what renews it', async () => {
    product.world.site('perlmutter').cutConnections();
    // The client that holds the login is a process of its own, and hears of it in its own time.
    const clients = () => descendantsOf(process.pid).filter((pid) => programOf(pid) === 'ssh');
    await until('the end of the login', () => clients().length === 0);
    for (const command of ['status perlmutter dev', 'logs dev perlmutter run-daemon', 'doctor perlmutter']) {
      const { shown } = await typed(product, `/jaws ${command}`);
      expect(shown, command).toMatch(/certificate.* ended 1 h ago/);
      expect(shown, command).toContain('sshproxy -c jaws');
    }
  });
});

describe.sequential('folders of a site as they really are', () => {
  const SCRATCH = '/global/scratch/users/jaws';
  const jgi = (...argv: string[]) => product.world.site('jgi').exec(argv);

  test('get group, mode and ACL at the first deploy', async () => {
    const { state } = await typed(product, '/jaws deploy dev jgi');
    expect(state?.status).toBe('succeeded');
    const { stdout } = await jgi(
      'getfacl',
      '-cp',
      `${SCRATCH}/jgi-dev`,
      `${SCRATCH}/jgi-dev/cromwell-executions`,
    );
    expect(stdout.match(/^default:group:jgi:rwx$/gm)).toHaveLength(1);
    expect(stdout.match(/^default:group:jgi:r-x$/gm)).toHaveLength(1);
    expect((await jgi('stat', '-c', '%a %U:%G', `${SCRATCH}/jgi-dev`)).stdout).toBe('775 jaws:jaws\n');
  });

  test('that drifted are told by the check and mended, what is in them is not touched', async () => {
    await jgi(
      'sh',
      '-c',
      `cd ${SCRATCH}/jgi-dev/inputs && mkdir -m 700 ada && setfacl -b ada && setfacl -b . && chmod 750 .`,
    );
    const { state } = await typed(product, '/jaws deploy dev jgi');
    expect(state?.status).toBe('succeeded');
    expect(said(state)).toContain('inputs: mode is 750, expected 0775; will be corrected');
    expect(
      (await jgi('stat', '-c', '%a', `${SCRATCH}/jgi-dev/inputs`, `${SCRATCH}/jgi-dev/inputs/ada`)).stdout,
    ).toBe('775\n700\n');
  });

  test('of somebody else that cannot be mended warn, and the deploy goes on', async () => {
    await jgi('chown', 'root', `${SCRATCH}/jgi-dev/cromwell-executions`);
    await jgi('chmod', '770', `${SCRATCH}/jgi-dev/cromwell-executions`);
    const { state } = await typed(product, '/jaws deploy dev jgi');
    expect(state?.status).toBe('succeeded');
    expect(said(state)).toContain('cromwell-executions: mode is 770, expected 0775');
    const environment = state?.steps.find(({ id }) => id === 'environment');
    expect(environment?.status).toBe('warned');
    expect(environment?.tail?.join('\n')).toContain('Operation not permitted; the folder is owned by root');
  });

  test('on a file system without ACLs warn, as ACLs are optional', async () => {
    await jgi('mount', '-t', 'ramfs', 'none', `${SCRATCH}/jgi-dev/inputs`);
    await jgi('chown', 'jaws:jaws', `${SCRATCH}/jgi-dev/inputs`);
    const { state } = await typed(product, '/jaws deploy dev jgi');
    await jgi('umount', `${SCRATCH}/jgi-dev/inputs`);
    expect(state?.status).toBe('succeeded');
    const environment = state?.steps.find(({ id }) => id === 'environment');
    expect(environment?.tail?.join('\n')).toContain('inputs: its ACL cannot be set: Operation not supported');
  });
});

describe.sequential('the wrong place', () => {
  test('is refused by name when it is another host', async () => {
    const { state } = await typed(product, '/jaws deploy dev aws');
    expect(state?.status).toBe('refused');
    expect(state?.problem?.message).toBe('host: commands run on ip-10-0-0-12, expected ip-10-0-0-99');
  });

  test('is refused by name when it is another account', async () => {
    const { state } = await typed(product, '/jaws deploy dev assembly');
    expect(state?.status).toBe('refused');
    expect(state?.problem?.message).toBe('account: commands run as ec2-user, expected jaws');
    expect((await product.world.site('assembly').exec(['ls', '/home/ec2-user'])).stdout).toBe('');
  });
});

describe.sequential('a site of another habit: a gateway, sudo, csh, greetings, a locale that is not there', () => {
  const INSTALL = '/tahoma/mscjgi/jaws-install/tahoma-dev';
  const tahoma = (...argv: string[]) => product.world.site('tahoma').exec(argv);

  test('is deployed to', async () => {
    expect((await tahoma('getent', 'passwd', 'svc-jtm-manager')).stdout).toContain(':/bin/tcsh\n');
    const { state } = await typed(product, '/jaws deploy dev tahoma');
    expect(state?.problem).toBeUndefined();
    expect(state?.status).toBe('succeeded');
    expect(JSON.stringify(check(state)), 'a look is framed').not.toContain('stand-in');
    expect(
      state?.steps.map(({ detail }) => detail).join(),
      'no greeting is taken for a result',
    ).not.toContain('stand-in');
  });

  test('tells a live venv whose Python is gone, and what to load when its module is', async () => {
    await tahoma('ln', '-sfn', '/opt/modules/gone/bin/python', `${INSTALL}/site/bin/python`);
    await tahoma('mv', '/etc/profile.d/modules.sh', '/etc/profile.d/modules.kept');
    await tahoma(
      'sh',
      '-c',
      'sed "s,python/3.11.2-gcc,python/3.13.0-gcc,g" /etc/profile.d/modules.kept >/etc/profile.d/modules.sh',
    );
    const { state } = await typed(product, '/jaws deploy dev tahoma');
    await tahoma('mv', '/etc/profile.d/modules.kept', '/etc/profile.d/modules.sh');
    expect(state?.status).toBe('refused');
    expect(state?.problem?.message).toContain('`module load python/3.11.2-gcc` ended with exit code 1');
    expect(state?.problem?.message).toContain('module avail offers python/3.13.0-gcc, python');
    expect(said(state)).toContain('is broken: its Python /opt/modules/gone/bin/python is gone');
  });

  test('gets a new venv in place of the broken one', async () => {
    const { state } = await typed(product, '/jaws deploy dev tahoma');
    expect(state?.status).toBe('succeeded');
    expect((await tahoma('test', '-x', `${INSTALL}/site/bin/python`)).code).toBe(0);
  });
});
