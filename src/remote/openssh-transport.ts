import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { OpsError } from '../core/errors.ts';
import type { Access } from '../core/target.ts';
import type { Channel, ChannelEnd, Connection } from './channel.ts';
import { readKnownHosts } from './known-hosts.ts';
import { opensshConfig, opensshRefusal, SITE_ALIAS } from './openssh-config.ts';
import { unreachable } from './ssh-errors.ts';
import type { SshOptions } from './ssh2-transport.ts';

/**
 * Logs in with the system's `ssh`, which knows user certificates, host CAs and whatever else the machine is set up
 * for. One master holds the login, each script is a client of its control socket in a private folder.
 * @throws OpsError `site.host-key`, `site.login`, `site.unreachable`, or `system.part` when there is no `ssh`.
 */
export async function connectOpenssh(access: Access, options: SshOptions): Promise<Connection> {
  await readKnownHosts(access, access.knownHostsFile);
  const folder = await mkdtemp(join(tmpdir(), 'jaws-ssh-'));
  const removed = () => rm(folder, { recursive: true, force: true });
  try {
    const file = join(folder, 'config');
    await writeFile(file, opensshConfig(access, options.agentSocket), { mode: 0o600 });
    const common = ['-F', file, '-o', `ControlPath=${join(folder, 'socket')}`];
    const master = spawn('ssh', [...common, ...MASTER, SITE_ALIAS], { stdio: ['ignore', 'pipe', 'pipe'] });
    const life = await loggedIn(access, master);
    const cleared = life.over.then(removed);
    return {
      open: (command) => openChannel(access, [...common, ...CLIENT, SITE_ALIAS, command], life),
      closed: life.over,
      async close() {
        master.kill('SIGTERM');
        await cleared;
      },
    };
  } catch (error) {
    await removed();
    throw error;
  }
}

/**
 * The local command is run once the login is through, so that its output tells of it. Only at this verbosity does
 * ssh name the fingerprint of a host that is not known.
 */
const MASTER = ['-v', '-M', '-N', '-T', '-o', 'PermitLocalCommand=yes', '-o', 'LocalCommand=echo ready'];
/** A client whose master refuses it would log in by itself; a way that leads nowhere prevents that. */
const CLIENT = ['-T', '-o', 'ControlMaster=no', '-o', 'ProxyJump=none', '-o', 'ProxyCommand=false'];
const TOOK_THAT_WAY = /UNKNOWN port 65535|session request failed/;
/** Time in which the end of a master is noticed after its clients failed, in milliseconds. */
const NOTICE_MS = 250;

interface Life {
  /** Why the master ended; undefined while it lives. */
  reason: string | undefined;
  readonly over: Promise<string>;
}

/** Resolves when the master is logged in; what it says when it is not becomes the error. */
function loggedIn(access: Access, master: ChildProcessByStdio<null, Readable, Readable>): Promise<Life> {
  return new Promise((resolve, reject) => {
    let said = '';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      master.kill('SIGTERM');
    }, access.connectTimeoutMs);
    const over = new Promise<string>((end) => {
      master.once('close', () => {
        clearTimeout(timer);
        const error = late
          ? unreachable(access, `no answer within ${access.connectTimeoutMs} ms`)
          : opensshRefusal(access, said);
        life.reason = 'the connection was closed';
        reject(error);
        end(life.reason);
      });
    });
    const life: Life = { reason: undefined, over };
    master.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-32_768);
    });
    master.stdout.once('data', () => {
      clearTimeout(timer);
      resolve(life);
    });
    master.once('error', (error) => {
      clearTimeout(timer);
      reject(new OpsError('system.part', `cannot start ssh, the OpenSSH client: ${error.message}`));
    });
  });
}

function openChannel(access: Access, args: readonly string[], life: Life): Promise<Channel> {
  if (life.reason !== undefined) return Promise.reject(unreachable(access, life.reason));
  return new Promise((resolve, reject) => {
    const child = spawn('ssh', args, { stdio: ['pipe', 'pipe', 'pipe'] });
    child.once('error', (error) => reject(unreachable(access, error)));
    child.once('spawn', () => resolve(channelOf(child, life)));
  });
}

/** A client of the master ends with the code of the command, or with 255 when the connection or the session failed. */
function channelOf(child: ChildProcessByStdio<Writable, Readable, Readable>, life: Life): Channel {
  const { stdin, stdout, stderr } = child;
  let said = '';
  stderr.on('data', (chunk: Buffer) => {
    if (said.length < 4096) said += chunk.toString('utf8');
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve)).then(
    async (code): Promise<ChannelEnd> => {
      if (code !== null && code !== 255) return { code };
      await Promise.race([life.over, delay(NOTICE_MS, undefined, { ref: false })]);
      const reason = life.reason ?? 'the session was closed';
      return TOOK_THAT_WAY.test(said) ? { refused: reason } : { reason };
    },
  );
  return { stdin, stdout, stderr, ended, close: () => void child.kill('SIGTERM') };
}
