import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { typed } from '../../../src/sandbox/typed.ts';
import { aProduct, type TestProduct } from '../../fixtures/product.ts';

const INSTALL = '/home/ec2-user/jaws-install/aws-dev';
const CONF = `${INSTALL}/config/jaws-site.conf`;

let product: TestProduct;
beforeAll(async () => {
  product = await aProduct(['aws']);
  const { state } = await typed(product, '/jaws deploy dev aws');
  expect(state?.problem).toBeUndefined();
});
afterAll(() => product?.remove());

const site = () => product.world.site('aws');
const pids = async () => {
  const { state } = await typed(product, '/jaws start dev aws');
  return new Map(state?.observed?.services.map(({ service, pid }) => [service, pid]));
};

describe.sequential('a deployed site is operated', () => {
  test('one service is restarted, the others do not notice', async () => {
    const before = await pids();
    const { state, shown } = await typed(product, '/jaws restart aws dev rpc-server');
    expect(state?.status).toBe('succeeded');
    expect(shown).toContain('Restarted rpc-server on dev at aws');
    const after = await pids();
    expect(after.get('rpc-server')).not.toBe(before.get('rpc-server'));
    for (const other of ['run-daemon', 'transfer-daemon', 'message-consumer'])
      expect(after.get(other)).toBe(before.get(other));
  });

  test('it is stopped, and started again with the version that was live', async () => {
    const stopped = await typed(product, '/jaws stop dev aws --reason "a test"');
    expect(stopped.state?.status).toBe('succeeded');
    expect(stopped.shown).toContain('reason: a test');
    expect((await typed(product, '/jaws status aws dev')).shown).toContain('dev at aws: stopped');
    const started = await typed(product, '/jaws start dev aws');
    expect(started.state).toMatchObject({ status: 'succeeded', version: '2.5.4', notes: [] });
  });

  test('only an operator may', async () => {
    const { shown, succeeded } = await typed(product, '/jaws stop dev aws', 'mallory');
    expect(succeeded).toBe(false);
    expect(shown).toContain('does not have the right "operate"');
  });

  test('the last lines of a log are read, as many as asked for', async () => {
    const { shown } = await typed(product, '/jaws logs dev aws run-daemon -n 3', 'mallory');
    expect(shown).toContain('the last 3 lines');
    expect(shown.match(/run-daemon: /g)).toHaveLength(3);
    expect((await typed(product, '/jaws logs dev aws run-daemon -n 0')).shown).toContain('-n: got "0"');
    expect((await typed(product, '/jaws logs dev aws perf-daemon')).shown).toContain('expected SERVICE');
  });

  test('a change by hand is shown, and no secret with it', async () => {
    expect((await typed(product, '/jaws diff dev aws')).shown).toContain('No difference');
    const path = site().path(CONF);
    const before = readFileSync(path, 'utf8');
    const changed = before
      .replace(/^max_user_active_runs.*$/m, 'max_user_active_runs = 7')
      .replace(/^(password *= *).*$/m, '$1hunter2-of-old')
      .replace(/$/, 'spare_password = swordfish\n# the old one was open-sesame\n');
    writeFileSync(path, changed);
    const { shown } = await typed(product, '/jaws diff dev aws');
    writeFileSync(path, before);
    expect(shown).toContain(CONF);
    expect(shown).toMatch(/-max_user_active_runs = 7/);
    expect(shown).toMatch(/\+max_user_active_runs=200/);
    expect(shown).toMatch(/-password=•+ \(another value\)/);
    for (const secret of ['hunter2', 'swordfish', 'open-sesame']) expect(shown).not.toContain(secret);
  });

  test('a healthy site has no problem', async () => {
    const { shown } = await typed(product, '/jaws doctor aws');
    expect(shown).toContain('aws: 0 problems');
    expect(shown).toMatch(/clock.*agrees/);
    expect(shown).toMatch(/port 64101.*supervisord of dev/);
  });

  test('a port held by a stranger, a drifted file and a stopped service are found, each with a remedy', async () => {
    const stranger = `import socket, time
s = socket.socket(); s.bind(("127.0.0.1", 64102)); s.listen(); print("up", flush=True); time.sleep(600)`;
    const { stdout } = await site().exec([
      'sh',
      '-c',
      'python3 -c "$1" >/tmp/up 2>&1 & echo $!; while ! grep -q up /tmp/up; do sleep 0.1; done',
      'sh',
      stranger,
    ]);
    writeFileSync(site().path(`${INSTALL}/bin/rpc-server`), '#!/bin/bash\nexit 1\n');
    await typed(product, '/jaws stop dev aws');
    const { shown } = await typed(product, '/jaws doctor aws');
    await site().exec(['kill', stdout.trim()]);
    expect(shown).toMatch(/port 64102.*of supervisord of staging is held by a process of root/);
    expect(shown).toContain('JAWS_SUPERVISOR_PORT');
    expect(shown).toMatch(/dev: drift.*rpc-server/);
    expect(shown).toMatch(/dev: services.*stopped/);
  });

  test('who did what is on record', async () => {
    const { shown } = await typed(product, '/jaws history aws dev');
    expect(shown).toMatch(/ada +restart rpc-server +aws-dev +2\.5\.4 +succeeded/);
    expect(shown).toMatch(/ada +deploy +aws-dev +2\.5\.4 +succeeded/);
  });

  test('a bucket has neither crontab nor cleanup', async () => {
    expect((await typed(product, '/jaws cron show aws')).shown).toContain('No crontab for aws');
    expect((await typed(product, '/jaws cleanup dev aws --dry-run')).shown).toContain('Nothing to clean up');
    const { state } = await typed(product, '/jaws cleanup dev aws');
    expect(state?.status).toBe('refused');
  });

  test('a site that is down is told apart, also by what can still be said of it', async () => {
    await site().stopSshd();
    site().cutConnections();
    const { shown, succeeded } = await typed(product, '/jaws doctor aws');
    const log = await typed(product, '/jaws logs dev aws rpc-server');
    await site().startSshd();
    expect(succeeded).toBe(false);
    expect(shown).toContain('aws cannot be examined');
    expect(log.succeeded).toBe(false);
  });
});
