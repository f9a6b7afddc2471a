import { rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { typed } from '../../../src/sandbox/typed.ts';
import { downtimeOf } from '../../fixtures/downtime.ts';
import { aProduct, editSite, type TestProduct } from '../../fixtures/product.ts';

const JGI = '/global/home/groups-sw/lr_jgicloud/jaws-install/jgi-dev';
const TAHOMA = '/tahoma/mscjgi/jaws-install/tahoma-dev';
const SERVICES = ['run-daemon', 'transfer-daemon', 'rpc-server', 'message-consumer'];

let product: TestProduct;
beforeAll(async () => {
  product = await aProduct(['jgi', 'tahoma'], {}, (dir) =>
    editSite(dir, 'jgi', (doc) => doc.setIn(['env', 'JAWS_APPTAINER_PATH'], '$HOME/bin/apptainer')),
  );
  // Left to the site: its home is known there alone.
  await product.world
    .site('jgi')
    .exec(['sh', '-c', 'mkdir -p ~/bin && ln -s /usr/bin/apptainer ~/bin/apptainer'], { user: 'jaws' });
});
afterAll(() => product.remove());

/** Output of a command at a site, as root. */
async function at(site: string, ...argv: string[]): Promise<string> {
  return (await product.world.site(site).exec(argv)).stdout;
}

const pids = (site: string) => at(site, 'pgrep', '-f', '/bin/site-.*\\.sif ');

/** Whatever a login at the registry may have left in an account. */
const logins = (site: string, install: string) =>
  at(site, 'sh', '-c', `find / -xdev -name docker-config.json; find ${install}/.jaws-ops/runs -name staging`);

/** A service is killed and kept down, seen as such, and brought back with all the others by a restart. */
async function killedAndRestarted(site: string, install: string): Promise<void> {
  const status = async () => (await typed(product, `/jaws status ${site} dev`)).shown;
  const switchFile = product.world.site(site).path(`${install}/config/fail-rpc-server`);
  writeFileSync(switchFile, '');
  const pid = await at(site, 'pgrep', '-f', '/bin/site-.*\\.sif .*rpc-server');
  await at(site, 'kill', '-9', ...pid.trim().split('\n'));
  // Until it is given up it may be on its way, or even run for a moment.
  await expect.poll(status).toMatch(/rpc-server +fatal/);
  expect(await status()).not.toContain(`dev at ${site}: running`);
  rmSync(switchFile);
  const { state } = await typed(product, `/jaws restart dev ${site}`);
  expect(state?.problem).toBeUndefined();
  expect(await status()).toContain(`dev at ${site}: running`);
}

/** Each case goes on from the site as the one before left it. */
describe.sequential('images under supervisord, as at jgi', () => {
  test('one command installs and starts everything', async () => {
    const { state, shown } = await typed(product, '/jaws deploy dev jgi');
    expect(state?.problem).toBeUndefined();
    expect(state?.status).toBe('succeeded');
    expect(shown).toMatch(/pulled 2\.5\.4-\S+: sha256:[0-9a-f]{64}, commit [0-9a-f]{40}/);
    expect(shown.match(/running {2}/g)).toHaveLength(4);
    expect((await pids('jgi')).trim().split('\n')).toHaveLength(4);
    expect((await typed(product, '/jaws status jgi dev')).shown).toContain('running, version 2.5.4');
  });

  test('a killed service is seen as down, and a restart brings it back', () =>
    killedAndRestarted('jgi', JGI));

  test('the services log, read their configuration and the values laid over it', async () => {
    for (const service of SERVICES) {
      const log = await at('jgi', 'cat', `${JGI}/log/${service}.log`);
      expect(log).toContain('jaws-site 2.5.4 (stand-in) for jgi dev');
      expect(log).toContain('logged in to mysql');
      expect(log).toContain('logged in to rabbitmq');
    }
    expect(await at('jgi', 'test', '-e', '/tmp/cache')).toBe('');
    expect(await logins('jgi', JGI)).toBe('');
  });

  test('a pull that fails leaves the running services alone, and no login', async () => {
    const before = await pids('jgi');
    const { state, shown } = await typed(product, '/jaws deploy dev jgi 9.9.9');
    expect(state?.status).toBe('failed');
    expect(state?.steps.find(({ id }) => id === 'stage')?.status).toBe('failed');
    expect(state?.steps.find(({ id }) => id === 'stop')?.status).toBe('skipped');
    expect(shown).toContain('the pull of oras://jaws-registry.invalid/');
    expect(await pids('jgi')).toBe(before);
    expect(state?.observed?.condition).toBe('running');
    expect(await logins('jgi', JGI)).toBe('');
    expect((await typed(product, '/jaws status jgi dev')).shown).toContain('running, version 2.5.4');
  });

  test('another version takes its place, and old images go', async () => {
    for (const day of [1, 2, 3, 4]) {
      const image = product.world.site('jgi').path(`${JGI}/bin/site-old${day}.sif`);
      writeFileSync(image, '');
      writeFileSync(`${image}.release`, `version=1.0.${day}\nbuilt=2024-01-0${day}T00:00:00Z\n`);
    }
    const { state, shown } = await typed(product, '/jaws deploy dev jgi 2.6.0');
    expect(state?.status).toBe('succeeded');
    if (state === undefined) throw new Error('there is no run');
    expect(shown).toContain('2.5.4 → 2.6.0');
    expect(shown).toContain('Services were down for');
    const { meanwhile, told } = downtimeOf(state, 'apptainer');
    process.stdout.write(`\n${told}\n`);
    expect(meanwhile, 'the image is there before anything stops').toEqual(['environment', 'write']);
    expect(await at('jgi', 'cat', `${JGI}/log/rpc-server.log`)).toContain('jaws-site 2.6.0');
    const images = (await at('jgi', 'ls', `${JGI}/bin`)).split('\n').filter((name) => name.endsWith('.sif'));
    expect(images).toEqual([
      expect.stringMatching(/^site-2\.5\.4-/),
      expect.stringMatching(/^site-2\.6\.0-/),
      'site-old4.sif',
      'site.sif',
    ]);
  });

  test('instances are refused where nothing could watch them', async () => {
    const { state, shown } = await typed(product, '/jaws deploy dev jgi --install-method apptainer-instance');
    expect(state?.status).toBe('refused');
    expect(shown).toContain('--install-method apptainer-run, or --launch-tool systemd');
  });

  test('the site’s options for another method are used when it is asked for', async () => {
    const { state } = await typed(product, '/jaws deploy dev jgi 2.5.3 --install-method venv');
    expect(state?.problem).toBeUndefined();
    expect(state?.status).toBe('succeeded');
    expect(await at('jgi', 'cat', `${JGI}/log/site-rpc.log`)).toContain('jaws-site 2.5.3');
    expect(await pids('jgi')).toBe('');
  });
});

describe.sequential('images behind a jump host, sudo and a proxy, as at tahoma', () => {
  test('the pull goes through the proxy, which is its only way', async () => {
    const registry = JSON.parse(await at('tahoma', 'cat', '/etc/stand-in/registry.json'));
    expect(registry).toMatchObject({ proxy: 'http://proxy.emsl.pnl.gov:3128' });
    const { state } = await typed(product, '/jaws deploy dev tahoma');
    expect(state?.problem).toBeUndefined();
    expect(state?.status).toBe('succeeded');
    expect(await logins('tahoma', TAHOMA)).toBe('');
  });

  test('a killed service is seen as down, a restart brings it back, and a redeploy another version', async () => {
    await killedAndRestarted('tahoma', TAHOMA);
    const { state } = await typed(product, '/jaws deploy dev tahoma 2.6.0');
    expect(state?.problem).toBeUndefined();
    expect((await typed(product, '/jaws status tahoma dev')).shown).toContain('running, version 2.6.0');
  });

  test('neither the services nor their supervisord see a proxy', async () => {
    const services = (await pids('tahoma')).trim().split('\n');
    expect(services).toHaveLength(4);
    const supervisord = (await at('tahoma', 'cat', `${TAHOMA}/supervisor/jaws-pidfile`)).trim();
    for (const pid of [...services, supervisord]) {
      const environment = await at('tahoma', 'cat', `/proc/${pid}/environ`);
      expect(environment).toContain('PATH=');
      expect(environment).not.toMatch(/proxy/i);
    }
  });
});
