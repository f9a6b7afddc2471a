import { chmodSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { raw } from '../../src/core/script.ts';
import type { Access } from '../../src/core/target.ts';
import type { Connector } from '../../src/core/transport.ts';
import { type ConnectorOptions, createConnector } from '../../src/remote/pool.ts';
import { startSshd, type TestSshd } from '../fixtures/sshd.ts';
import { until } from '../fixtures/until.ts';

const transports: readonly Access['transport'][] = ['ssh2', 'openssh'];

describe.each(transports)('the connector over %s', (transport) => {
  let sshd: TestSshd;
  const opened: Connector[] = [];
  const timeoutMs = 120_000;

  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((connector) => connector.close()));
  });
  afterAll(async () => {
    await sshd?.remove();
  });

  const open = (options: ConnectorOptions = {}) => {
    const connector = createConnector(options);
    opened.push(connector);
    return connector;
  };

  it('shares one login among all who have the same access', async () => {
    const connector = open();
    const access = sshd.access({ transport });
    await Promise.all([1, 2, 3].map(() => connector.connect({ ...access })));
    await connector.connect({ ...access, become: sshd.user });
    expect(sshd.connections()).toHaveLength(1);
    await connector.close();
    await until('the connection ends', () => sshd.connections().length === 0);
  });

  it('closes a login that nobody uses, and opens another when asked again', async () => {
    const connector = open({ idleMs: 100 });
    const site = await connector.connect(sshd.access({ transport }));
    const script = raw('sleep 0.4; echo on');
    expect(await site.run(script, { timeoutMs })).toMatchObject({ stdout: 'on\n' });
    await until('the connection ends', () => sshd.connections().length === 0);
    expect(await site.run(raw('echo again'), { timeoutMs })).toMatchObject({ stdout: 'again\n' });
  });

  it('notices a host that went silent', async () => {
    const connector = open();
    const site = await connector.connect(sshd.access({ transport, keepaliveMs: 2_000 }));
    const run = site.run(raw('echo on; sleep 60'), {
      timeoutMs,
      onOutput: () => sshd.hush(),
    });
    expect(await run).toMatchObject({ exit: { kind: 'lost' }, stdout: 'on\n' });
    sshd.cut();
  });

  it('lets one caller give up without taking the login from another', async () => {
    const connector = open();
    const access = sshd.access({ transport });
    const reason = new Error('enough');
    const [first, second] = await Promise.allSettled([
      connector.connect(access, AbortSignal.abort(reason)),
      connector.connect(access),
    ]);
    expect(first).toEqual({ status: 'rejected', reason });
    expect(second.status).toBe('fulfilled');
  });

  it('reads the private key anew for each login', async () => {
    const identityFile = join(sshd.folder, `rotating-${transport}`);
    const connector = open();
    const access = sshd.access({ transport, identityFile });
    await expect(connector.connect(access)).rejects.toMatchObject({ code: 'site.login' });
    copyFileSync(sshd.identityFile, identityFile);
    chmodSync(identityFile, 0o600);
    await connector.connect(access);
  });

  it('gives nothing once closed', async () => {
    const connector = open();
    await connector.close();
    const late = connector.connect(sshd.access({ transport }));
    await expect(late).rejects.toMatchObject({ code: 'site.unreachable' });
  });
});

describe('a private key that others can read', () => {
  it('is refused, with what to do about it', async () => {
    const sshd = await startSshd();
    const connector = createConnector({});
    chmodSync(sshd.identityFile, 0o644);
    const attempt = await connector.connect(sshd.access()).catch((error: unknown) => error);
    await connector.close();
    await sshd.remove();
    expect(attempt).toMatchObject({
      code: 'site.login',
      message: expect.stringContaining(`identity file ${sshd.identityFile}: got mode 0644`),
      next: expect.stringContaining(`chmod 600 ${sshd.identityFile}`),
    });
  });
});
