import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpsError } from '../core/errors.ts';
import type { Access } from '../core/target.ts';
import { type Channel, type ChannelEnd, ChannelRefused, type Connection } from './channel.ts';
import { readKnownHosts } from './known-hosts.ts';
import { loginRefused, unreachable } from './ssh-errors.ts';
import type { SshOptions } from './ssh2-transport.ts';

/**
 * Logs in with the system's `ssh`, which knows user certificates, host CAs and whatever else the machine is set up
 * for. One master holds the login, each script is a client of its control socket.
 * @throws OpsError `site.host-key`, `site.login`, `site.unreachable`, or `system.part` when there is no `ssh`.
 */
export async function connectOpenssh(access: Access, options: SshOptions): Promise<Connection> {
  await readKnownHosts(access, access.knownHostsFile);
  const folder = await mkdtemp(join(tmpdir(), 'jaws-ssh-'));
  try {
    const file = join(folder, 'config');
    await writeFile(file, configOf(access, options), { mode: 0o600 });
    const common = ['-F', file, '-o', `ControlPath=${join(folder, 'socket')}`];
    const master = spawn('ssh', [...common, ...MASTER, destination(access)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const closed = await settle(access, master);
    return {
      open: (command) => openChannel(access, [...common, ...CLIENT, destination(access), command], closed),
      closed: closed.promise.finally(() => rm(folder, { recursive: true, force: true })),
      async close() {
        master.kill('SIGTERM');
        await closed.promise;
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** The local command is run once the login is through, so that its output tells of it. */
const MASTER = ['-M', '-N', '-T', '-o', 'PermitLocalCommand=yes', '-o', 'LocalCommand=echo ready'];
/** A client whose master is gone would log in by itself; the proxy that cannot be reached prevents that. */
const CLIENT = ['-T', '-o', 'ControlMaster=no', '-o', 'ProxyJump=none', '-o', 'ProxyCommand=false'];

function destination(access: Access): string {
  return `ssh://${access.user}@${access.host.includes(':') ? `[${access.host}]` : access.host}:${access.port}`;
}

/** Jump hosts are reached by an `ssh` of their own, which inherits nothing but this file. */
function configOf(access: Access, options: SshOptions): string {
  const word = (text: string) => `"${text.replaceAll('%', '%%')}"`;
  const seconds = (ms: number) => Math.max(1, Math.round(ms / 1000));
  const jumps = access.jumps.map((hop) => destination({ ...access, ...hop }));
  const target = `${access.host}`;
  return [
    ...(jumps.length === 0
      ? []
      : [`Match host ${target} user ${access.user}`, `  ProxyJump ${jumps.join(',')}`]),
    'Host *',
    '  BatchMode yes',
    '  StrictHostKeyChecking yes',
    '  UpdateHostKeys no',
    `  UserKnownHostsFile ${word(access.knownHostsFile)}`,
    '  GlobalKnownHostsFile none',
    `  ConnectTimeout ${seconds(access.connectTimeoutMs)}`,
    '  ConnectionAttempts 1',
    `  ServerAliveInterval ${seconds(access.keepaliveMs)}`,
    '  ServerAliveCountMax 3',
    '  ForwardAgent no',
    '  EscapeChar none',
    ...(access.identityFile === undefined
      ? [...(options.agentSocket === undefined ? [] : [`  IdentityAgent ${word(options.agentSocket)}`])]
      : [`  IdentityFile ${word(access.identityFile)}`, '  IdentitiesOnly yes', '  IdentityAgent none']),
    '',
  ].join('\n');
}

interface Closing {
  readonly promise: Promise<string>;
  reason: string | undefined;
}

/** Waits until the master is logged in; what it says when it is not becomes the error. */
function settle(access: Access, master: ChildProcess): Promise<Closing> {
  return new Promise((resolve, reject) => {
    let said = '';
    const closing: Closing = {
      reason: undefined,
      promise: new Promise((over) => {
        master.once('close', () => {
          clearTimeout(timer);
          closing.reason = said.trim().split('\n').at(-1) || 'the connection was closed';
          reject(refusalOf(access, said));
          over(closing.reason);
        });
      }),
    };
    const timer = setTimeout(() => {
      said = `no answer within ${access.connectTimeoutMs} ms`;
      master.kill('SIGTERM');
    }, access.connectTimeoutMs);
    master.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-8192);
    });
    master.stdout?.once('data', () => {
      clearTimeout(timer);
      resolve(closing);
    });
    master.once('error', (error) => {
      clearTimeout(timer);
      reject(new OpsError('system.part', `cannot start ssh, the OpenSSH client: ${error.message}`));
    });
  });
}

function refusalOf(access: Access, said: string): OpsError {
  const lines = said.split('\n').map((line) => line.replace(/[\r@]/g, '').trim());
  const telling = lines.filter((line) => line !== '' && !line.startsWith('Warning: Permanently')).join('; ');
  if (/Host key verification failed|REMOTE HOST IDENTIFICATION|host key is known for/i.test(said)) {
    const where = `${access.host}:${access.port}`;
    const what = /HAS CHANGED/.test(said) ? 'the host key has changed' : `not in ${access.knownHostsFile}`;
    const shown = /SHA256:[A-Za-z0-9+/]+/.exec(said)?.[0];
    const presented = shown === undefined ? '' : `; the server presented ${shown}`;
    return new OpsError(
      'site.host-key',
      `${where}: ${what}${presented}, checked against ${access.knownHostsFile}`,
    );
  }
  if (/Permission denied|Too many authentication failures/i.test(said)) return loginRefused(access, telling);
  return unreachable(access, telling || 'the connection was closed during the login');
}

function openChannel(access: Access, args: readonly string[], closing: Closing): Promise<Channel> {
  if (closing.reason !== undefined) return Promise.reject(unreachable(access, closing.reason));
  return new Promise((resolve, reject) => {
    const child = spawn('ssh', args, { stdio: ['pipe', 'pipe', 'pipe'] });
    child.once('error', (error) => reject(new ChannelRefused(error.message)));
    child.once('spawn', () => resolve(channelOf(child, closing)));
  });
}

/** A client of the master ends with the code of the command, or with 255 when the connection or the session failed. */
function channelOf(child: ChildProcess & Pick<Channel, never>, closing: Closing): Channel {
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null)
    throw new TypeError('ssh was started without pipes');
  const ended = new Promise<ChannelEnd>((resolve) => {
    child.once('close', (code) => {
      if (code === null || code === 255) resolve({ reason: closing.reason ?? 'the session was closed' });
      else resolve({ code });
    });
  });
  return { stdin, stdout, stderr, ended, close: () => void child.kill('SIGTERM') };
}
