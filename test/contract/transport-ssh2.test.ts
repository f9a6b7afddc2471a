import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { raw } from '../../src/core/script.ts';
import { createConnector } from '../../src/remote/pool.ts';
import { startMute } from '../fixtures/site.ts';
import { startSshd } from '../fixtures/sshd.ts';
import { holdTimeLimits } from '../fixtures/time-limits.ts';
import { until } from '../fixtures/until.ts';
import { describeTransport } from './transport.ts';

describeTransport('ssh2');

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
