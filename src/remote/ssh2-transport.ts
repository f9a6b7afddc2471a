import { readFile, stat } from 'node:fs/promises';
import { Client, type ClientChannel, type ConnectConfig, type ServerHostKeyAlgorithm } from 'ssh2';
import type { OpsError } from '../core/errors.ts';
import { exposure } from '../core/exposure.ts';
import type { Access, Hop } from '../core/target.ts';
import { type Channel, type ChannelEnd, ChannelRefused, type Connection } from './channel.ts';
import { judgeHostKey, readKnownHosts } from './known-hosts.ts';
import { keyShared, loginRefused, unreachable } from './ssh-errors.ts';

export interface SshOptions {
  /** Socket of the agent that is asked when an access names no identity file. */
  readonly agentSocket?: string;
}

/** Algorithms a server may sign with, the kinds a known_hosts file calls them by first. */
const HOST_KEYS: readonly {
  readonly type: string;
  readonly algorithms: readonly ServerHostKeyAlgorithm[];
}[] = [
  { type: 'ssh-ed25519', algorithms: ['ssh-ed25519'] },
  { type: 'ecdsa-sha2-nistp256', algorithms: ['ecdsa-sha2-nistp256'] },
  { type: 'ecdsa-sha2-nistp384', algorithms: ['ecdsa-sha2-nistp384'] },
  { type: 'ecdsa-sha2-nistp521', algorithms: ['ecdsa-sha2-nistp521'] },
  { type: 'ssh-rsa', algorithms: ['rsa-sha2-512', 'rsa-sha2-256'] },
];
const KEEPALIVES_MISSED = 3;
/**
 * A server that is well opens a channel at once, one that is starved takes as long as for a login. One that answers
 * keepalives and no more, as with its disk away, is taken for gone after this many times the limit of a connection.
 */
const CHANNEL_FACTOR = 3;

/**
 * Logs in through every jump host with ssh2, each host's key verified against the known hosts file.
 * @throws OpsError `site.host-key`, `site.login` or `site.unreachable`, naming the hop that is the cause.
 */
export async function connectSsh2(access: Access, options: SshOptions): Promise<Connection> {
  const credentials = await credentialsOf(access, options);
  const clients: Client[] = [];
  try {
    let client: Client | undefined;
    for (const hop of [...access.jumps, access]) {
      const sock = client === undefined ? undefined : await forward(client, hop, access.connectTimeoutMs);
      client = await login(hop, access, { ...credentials, ...(sock === undefined ? {} : { sock }) });
      clients.unshift(client);
    }
  } catch (error) {
    for (const client of clients) client.destroy();
    throw error;
  }
  return connectionOf(access, clients);
}

async function credentialsOf(access: Access, options: SshOptions): Promise<ConnectConfig> {
  const { identityFile } = access;
  if (identityFile === undefined) {
    if (options.agentSocket === undefined) {
      throw loginRefused(access, 'no identity file is configured and no SSH agent is running');
    }
    return { agent: options.agentSocket, authHandler: ['agent'] };
  }
  const [privateKey, status] = await Promise.all([readFile(identityFile), stat(identityFile)]).catch(
    (error: unknown) => {
      throw loginRefused(access, `identity file ${identityFile} cannot be read`, error);
    },
  );
  const shared = exposure(status, process.getuid?.() ?? 0);
  if (shared !== undefined) throw keyShared(access, identityFile, shared);
  return { privateKey, authHandler: ['publickey'] };
}

async function login(hop: Hop, access: Access, config: ConnectConfig): Promise<Client> {
  const file = access.knownHostsFile;
  const known = await readKnownHosts(hop, file);
  const types = new Set(known.map((entry) => entry.type));
  const ordered = [...HOST_KEYS].sort((a, b) => Number(types.has(b.type)) - Number(types.has(a.type)));
  const client = new Client();
  let refusal: OpsError | undefined;
  return new Promise((resolve, reject) => {
    let settled = false;
    const fail = (error: OpsError) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      client.destroy();
      reject(error);
    };
    const timer = setTimeout(
      () => fail(refusal ?? unreachable(hop, `no answer within ${access.connectTimeoutMs} ms`)),
      access.connectTimeoutMs,
    );
    client.on('error', (error: Error & { level?: string }) => {
      if (refusal !== undefined) fail(refusal);
      else if (error.level === 'client-authentication')
        fail(loginRefused(hop, 'the key was not accepted', error));
      else fail(unreachable(hop, error));
    });
    client.once('close', () =>
      fail(refusal ?? unreachable(hop, 'the connection was closed during the login')),
    );
    client.once('ready', () => {
      // Else the small packet after another waits for the site's acknowledgement, which Linux delays by 40 ms.
      client.setNoDelay(true);
      settled = true;
      clearTimeout(timer);
      resolve(client);
    });
    try {
      client.connect({
        ...config,
        host: hop.host,
        port: hop.port,
        username: hop.user,
        readyTimeout: 0,
        keepaliveInterval: access.keepaliveMs,
        keepaliveCountMax: KEEPALIVES_MISSED,
        algorithms: { serverHostKey: ordered.flatMap((entry) => entry.algorithms) },
        hostVerifier: (key: Buffer) => {
          refusal = judgeHostKey(hop, file, known, key);
          return refusal === undefined;
        },
      });
    } catch (error) {
      fail(loginRefused(hop, `identity file ${access.identityFile} cannot be used`, error));
    }
  });
}

function forward(client: Client, hop: Hop, timeoutMs: number): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    const late = () => reject(unreachable(hop, `no answer through the jump host within ${timeoutMs} ms`));
    const timer = setTimeout(late, timeoutMs);
    client.forwardOut('127.0.0.1', 0, hop.host, hop.port, (error, stream) => {
      clearTimeout(timer);
      if (error) reject(unreachable(hop, error));
      else resolve(stream);
    });
  });
}

/** @param clients the site's first, then the jump hosts on the way back. */
function connectionOf(access: Access, clients: readonly Client[]): Connection {
  const [client] = clients as readonly [Client, ...Client[]];
  let over: string | undefined;
  let reason = 'the connection was closed';
  const closed = new Promise<string>((resolve) => {
    for (const each of clients) each.on('error', (error) => (reason = error.message));
    client.once('close', () => {
      over = reason;
      for (const each of clients) each.end();
      resolve(reason);
    });
  });
  return {
    open: (command) =>
      new Promise((resolve, reject) => {
        const gone = () => reject(unreachable(access, over ?? reason));
        if (over !== undefined) return gone();
        const limitMs = CHANNEL_FACTOR * access.connectTimeoutMs;
        const timer = setTimeout(() => {
          reason = `the server began no command within ${limitMs} ms`;
          reject(unreachable(access, reason));
          client.destroy();
        }, limitMs);
        void closed.then(() => {
          clearTimeout(timer);
          gone();
        });
        client.exec(command, (error, stream) => {
          clearTimeout(timer);
          if (error === undefined) resolve(channelOf(stream, () => over));
          else if (over === undefined && 'reason' in error) reject(new ChannelRefused(error.message));
          else reject(unreachable(access, error));
        });
      }),
    closed,
    async close() {
      for (const each of clients) each.end();
      const timer = setTimeout(() => client.destroy(), 1_000);
      await closed;
      clearTimeout(timer);
    },
  };
}

function channelOf(stream: ClientChannel, over: () => string | undefined): Channel {
  let said: ChannelEnd = {};
  stream.on('exit', (code: number | null, signal?: string) => {
    said = code === null ? { signal: signal ?? 'SIGKILL' } : { code };
  });
  const ended = new Promise<ChannelEnd>((resolve) => {
    // The server's close is told before the streams have handed out all they hold.
    stream.once('close', () => {
      const reason = over();
      resolve(reason === undefined ? said : { reason, ...said });
    });
  });
  stream.on('error', () => undefined);
  stream.stderr.on('error', () => undefined);
  return { stdin: stream, stdout: stream, stderr: stream.stderr, ended, close: () => stream.destroy() };
}
