import { readFileSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { raw } from '../../src/core/script.ts';
import { createConnector } from '../../src/remote/pool.ts';
import { startMute } from '../fixtures/site.ts';
import { startSshd } from '../fixtures/sshd.ts';
import { holdTimeLimits } from '../fixtures/time-limits.ts';
import { until } from '../fixtures/until.ts';
import { describeTransport } from './transport.ts';

describeTransport('ssh2');

it('has small packets sent at once, however late the site acknowledges the one before', async () => {
  const sshd = await startSshd();
  onTestFinished(() => sshd.remove());
  const asked = vi.spyOn(Socket.prototype, 'setNoDelay');
  onTestFinished(() => asked.mockRestore());
  const connector = createConnector();
  onTestFinished(() => connector.close());
  await connector.connect(sshd.access());
  const toSite = asked.mock.contexts.findIndex((socket) => (socket as Socket).remotePort === sshd.port);
  expect(asked.mock.calls[toSite]).toEqual([true]);
});

it('gives up on a server that lets in, answers keepalives and begins nothing', async () => {
  const sshd = await startSshd();
  onTestFinished(() => sshd.remove());
  const hostKey = join(sshd.folder, 'host_key');
  const mute = await startMute(readFileSync(hostKey, 'utf8'));
  onTestFinished(() => mute.close());
  const knownHostsFile = join(sshd.folder, 'known_mute');
  writeFileSync(knownHostsFile, `[${sshd.host}]:${mute.port} ${readFileSync(`${hostKey}.pub`, 'utf8')}`);
  const connector = createConnector();
  onTestFinished(() => connector.close());
  const connectTimeoutMs = 60_000;
  const access = sshd.access({ port: mute.port, knownHostsFile, connectTimeoutMs, keepaliveMs: 100 });
  const site = await connector.connect(access);
  const pass = holdTimeLimits();
  const run = expect(site.run(raw('true'), { timeoutMs: 1 })).rejects.toMatchObject({
    code: 'site.unreachable',
    message: expect.stringContaining('the server began no command within 180000 ms'),
  });
  await mute.asked;
  const before = mute.heard();
  await until('more keepalives than may be missed', () => mute.heard() - before > 5);
  pass(3 * connectTimeoutMs);
  await run;
});
