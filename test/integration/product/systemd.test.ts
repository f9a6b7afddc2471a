import { rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunState } from '../../../src/core/run.ts';
import { typed } from '../../../src/sandbox/typed.ts';
import { aProduct, editSite, type TestProduct } from '../../fixtures/product.ts';

const HOME = '/clusterfs/jgi/groups/dsi/homes/svc-jaws';
const INSTALL = `${HOME}/jaws-install/dori-dev`;
const UNITS = `${HOME}/.config/systemd/user`;

let product: TestProduct;
beforeAll(async () => {
  product = await aProduct(['dori']);
});
afterAll(() => product.remove());

const site = () => product.world.site('dori');
const at = (...argv: string[]) => site().exec(argv, { user: 'svc-jaws' });
const systemctl = async (...words: string[]) =>
  (await at('env', `XDG_RUNTIME_DIR=/run/user/${site().spec.service.uid}`, 'systemctl', '--user', ...words))
    .stdout;
const mainPid = async (unit: string) =>
  (await systemctl('show', '--value', '--property=MainPID', unit)).trim();
const say = (text: string) => typed(product, text);

/** Changes the configuration, and has a worker that reads it. */
async function reconfigured(change: (configDir: string) => void): Promise<void> {
  change(product.world.configDir);
  await product.stopWorker();
  await product.startWorker();
}

/** Each case goes on from the site as the one before left it: a life of a deployment, told in order. */
describe.sequential('a deployment at a site under systemd', () => {
  test('is told apart as not installed before anything was done', async () => {
    expect((await say('/jaws status dori dev')).shown).toContain('dev at dori: not installed');
  });

  test('is installed from nothing, in units that come back at boot', async () => {
    const { state, shown } = await say('/jaws deploy dev dori');
    expect(state?.problem).toBeUndefined();
    expect(state?.status).toBe('succeeded');
    expect(shown.match(/running {2}/g)).toHaveLength(4);
    expect(state?.observed?.services.map(({ unit }) => unit)).toEqual([
      'run-daemon-dev.service',
      'transfer-daemon-dev.service',
      'rpc-server-dev.service',
      'message-consumer-dev.service',
    ]);
    expect((await systemctl('is-enabled', 'rpc-server-dev')).trim()).toBe('enabled');
    expect((await say('/jaws status dori dev')).shown).toContain('dev at dori: running, version 2.5.4');
  });

  test('a service that was killed is started again, and seen with its restart', async () => {
    const before = await mainPid('rpc-server-dev');
    // As long as it is not started again, which by its own unit comes three seconds after the kill.
    const late = `${UNITS}/rpc-server-dev.service.d`;
    await at('mkdir', late);
    writeFileSync(site().path(`${late}/late.conf`), '[Service]\nRestartSec=1h\n');
    await systemctl('daemon-reload');
    await at('kill', '-KILL', before);
    const sub = async () =>
      (await systemctl('show', '--value', '--property=SubState', 'rpc-server-dev')).trim();
    await expect.poll(sub).toBe('auto-restart');
    const { shown } = await say('/jaws status dori dev');
    expect(shown).toMatch(/rpc-server .*starting again after signal 9/);
    await at('rm', '-r', late);
    await systemctl('daemon-reload');
    await expect.poll(async () => Number(await mainPid('rpc-server-dev'))).toBeGreaterThan(0);
    expect(await mainPid('rpc-server-dev')).not.toBe(before);
    expect((await say('/jaws status dori dev')).shown).toContain('dev at dori: running');
  });

  test('a unit that was stopped is seen, and the next deploy starts it', async () => {
    await systemctl('stop', 'run-daemon-dev');
    const { shown } = await say('/jaws status dori dev');
    expect(shown).toContain('dev at dori: degraded');
    expect(shown).toMatch(/run-daemon +stopped/);
    expect((await say('/jaws deploy dev dori 2.6.0')).state?.status).toBe('succeeded');
    expect((await say('/jaws status dori dev')).shown).toContain('running, version 2.6.0');
  });

  test('units of services that JAWS Site no longer has are stopped, disabled and removed', async () => {
    const marked = `[Service]\nExecStart=/bin/sleep 1000\n[Install]\nWantedBy=default.target\n[X-JAWS]\nTarget=dori-dev\n`;
    const unmarked = `[Service]\nExecStart=/bin/bash ${INSTALL}/bin/task-log\n`;
    const foreign = '[Service]\nExecStart=/bin/sleep 1000\n[Install]\nWantedBy=default.target\n';
    for (const [name, text] of Object.entries({
      'perf-metrics': marked,
      'task-log': unmarked,
      pool: foreign,
    }))
      writeFileSync(site().path(`${UNITS}/${name}-dev.service`), text, { mode: 0o644 });
    await systemctl('daemon-reload');
    await systemctl('enable', '--now', 'perf-metrics-dev', 'pool-dev');
    const old = await mainPid('perf-metrics-dev');
    const { state } = await say('/jaws deploy dev dori 2.6.0');
    expect(state?.status).toBe('succeeded');
    const steps = state?.steps.map(({ id, status, tail }) => `${id} ${status} ${tail}`).join('\n');
    expect(steps).toContain('perf-metrics-dev.service');
    expect((await at('ls', UNITS)).stdout).not.toMatch(/perf-metrics|task-log/);
    expect((await at('ls', `${UNITS}/default.target.wants`)).stdout).not.toContain('perf-metrics');
    expect((await at('kill', '-0', old)).code).not.toBe(0);
    expect((await systemctl('is-active', 'pool-dev')).trim(), 'another team’s unit').toBe('active');
  });

  test('a service that does not stay up fails the deploy, with its journal in the thread', async () => {
    const switchFile = site().path(`${INSTALL}/config/fail-rpc-server`);
    writeFileSync(switchFile, '');
    const { state, message } = await say('/jaws deploy dev dori 2.6.0');
    rmSync(switchFile);
    expect(state?.problem?.code).toBe('verify.failed');
    expect(state?.problem?.message).toMatch(/rpc-server: (starting|fatal): .*[3-9] restarts/);
    const thread = message === undefined ? [] : product.slack.thread(message);
    const text = JSON.stringify(thread);
    expect(text).toContain('rpc-server, journal');
  });

  test('a condition that is not met is told, though systemctl says nothing of it', async () => {
    await systemctl('stop', 'run-daemon-dev');
    await at('sed', '-i', 's/^ConditionHost=.*/ConditionHost=elsewhere/', `${UNITS}/run-daemon-dev.service`);
    await systemctl('daemon-reload');
    expect(await systemctl('start', 'run-daemon-dev')).toBe('');
    const { shown } = await say('/jaws status dori dev');
    expect(shown).toContain('not started: ConditionHost=elsewhere is not met (this is ln010.jgi)');
    expect((await say('/jaws deploy dev dori 2.6.0')).state?.status, 'a deploy mends it').toBe('succeeded');
  });

  test('instances of apptainer run in forking units', async () => {
    const { state } = await say('/jaws deploy dev dori 2.6.0 --install-method apptainer-instance');
    expect(state?.problem).toBeUndefined();
    expect(state?.status).toBe('succeeded');
    expect((await systemctl('show', '--property=Type,PIDFile', 'rpc-server-dev')).trim()).toBe(
      `Type=forking\nPIDFile=${INSTALL}/log/jaws-rpc-server-dev.pid`,
    );
    const before = await mainPid('rpc-server-dev');
    expect((await at('cat', `${INSTALL}/log/jaws-rpc-server-dev.pid`)).stdout.trim()).toBe(before);
    await at('kill', '-KILL', before);
    await expect.poll(async () => Number(await mainPid('rpc-server-dev'))).not.toBe(Number(before));
    await expect
      .poll(async () => (await say('/jaws status dori dev')).shown, { interval: 500 })
      .toContain('dev at dori: running');
  });

  test('a venv runs in simple units; lingering that is off is a warning with its remedy', async () => {
    await site().exec(['rm', '/var/lib/systemd/linger/svc-jaws']);
    const { state } = await say('/jaws deploy dev dori 2.6.0 --install-method venv');
    await site().exec(['touch', '/var/lib/systemd/linger/svc-jaws']);
    expect(state?.steps[0]).toMatchObject({ id: 'check', status: 'warned' });
    expect(state?.steps[0]?.tail?.join()).toContain('loginctl enable-linger svc-jaws');
    expect(state?.problem).toBeUndefined();
    expect(state?.status).toBe('succeeded');
    expect(await systemctl('show', '--property=Type', 'rpc-server-dev')).toContain('Type=simple');
    expect((await at('pgrep', '-f', 'apptainer')).stdout).toBe('');
  });

  test('rollbacks bring back first the forking units with their instances, then the simple ones', async () => {
    const type = async () => (await systemctl('show', '--value', '--property=Type', 'rpc-server-dev')).trim();
    const foreign = await mainPid('pool-dev');
    const { state } = await say('/jaws rollback dev dori');
    expect(state?.problem).toBeUndefined();
    expect(await type()).toBe('forking');
    expect((await at('cat', `${INSTALL}/log/jaws-rpc-server-dev.pid`)).stdout.trim()).toBe(
      await mainPid('rpc-server-dev'),
    );
    const { state: further } = await say('/jaws rollback dev dori');
    expect(further?.problem).toBeUndefined();
    expect(await type()).toBe('simple');
    expect((await at('pgrep', '-f', 'apptainer')).stdout).toBe('');
    expect((await systemctl('is-enabled', 'rpc-server-dev')).trim()).toBe('enabled');
    expect(await mainPid('pool-dev'), 'another team’s unit').toBe(foreign);
    expect((await say('/jaws status dori dev')).shown).toContain('dev at dori: running, version 2.6.0');
  });

  test('rollbacks over a changed list of services remove what was added and bring back what was dropped', async () => {
    const unit = 'message-consumer-dev';
    const files = async () => (await at('ls', UNITS, `${UNITS}/default.target.wants`)).stdout;
    const seen = (state: RunState | undefined) => state?.observed?.services.map(({ service }) => service);
    const three = ['run-daemon', 'transfer-daemon', 'rpc-server'];
    await reconfigured((dir) => editSite(dir, 'dori', (doc) => doc.setIn(['services'], three)));
    expect((await say('/jaws deploy dev dori 2.6.0')).state?.problem).toBeUndefined();
    expect(await files()).not.toContain(unit);
    await reconfigured((dir) => editSite(dir, 'dori', (doc) => doc.deleteIn(['services'])));
    expect((await say('/jaws deploy dev dori 2.6.0')).state?.problem).toBeUndefined();
    const added = await mainPid(unit);

    const { state: without } = await say('/jaws rollback dev dori');
    expect(without?.problem).toBeUndefined();
    expect(seen(without)).toEqual(three);
    expect(without?.notes.join()).toContain(`those of the earlier deploy are meant, ${three.join(', ')};`);
    expect(await files(), 'neither its unit nor its link').not.toContain(unit);
    expect((await at('kill', '-0', added)).code).not.toBe(0);

    const { state: restarted } = await say('/jaws restart dev dori');
    expect(restarted?.problem, 'of what is deployed, not of what is configured').toBeUndefined();
    expect(seen(restarted)).toEqual(three);

    const { state: again } = await say('/jaws rollback dev dori');
    expect(again?.problem).toBeUndefined();
    expect(seen(again)).toEqual([...three, 'message-consumer']);
    expect((await systemctl('is-enabled', unit)).trim()).toBe('enabled');
    expect((await say('/jaws status dori dev')).shown).toContain('dev at dori: running, version 2.6.0');
  });

  test('one service is restarted alone', async () => {
    const [one, other] = [await mainPid('rpc-server-dev'), await mainPid('run-daemon-dev')];
    const { state } = await say('/jaws restart dev dori rpc-server');
    expect(state?.problem).toBeUndefined();
    expect(await mainPid('rpc-server-dev')).not.toBe(one);
    expect(await mainPid('run-daemon-dev')).toBe(other);
  });

  test('services come back when the site does', async () => {
    await site().reboot('cut');
    await expect
      .poll(async () => (await say('/jaws status dori dev')).shown, { interval: 500 })
      .toContain('dev at dori: running, version 2.6.0');
  });

  test('a systemd that does not run is told apart, and a deploy is refused before anything', async () => {
    await systemctl('exit');
    await expect
      .poll(async () => (await say('/jaws status dori dev')).shown, { interval: 500 })
      .toContain('no systemd of svc-jaws runs');
    const { state, shown } = await say('/jaws deploy dev dori');
    expect(state?.status).toBe('refused');
    expect(shown).toContain('no systemd of svc-jaws runs');
  });
});
