import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { OpsError } from '../core/errors.ts';
import { freePort } from './free-port.ts';
import { ownerOf } from './lock.ts';
import { ended, signal, spawnTied, startTimeOf, until } from './process.ts';

/** A private redis-server on loopback: AOF, noeviction, a password, its own folder. */
export interface RedisServer {
  /** `redis://:PASSWORD@127.0.0.1:PORT`; the same for the life of this object. */
  readonly url: string;
  readonly port: number;
  /** Of the running server; undefined while it is down. */
  readonly pid: number | undefined;
  start(): Promise<void>;
  /** Ends it as an administrator would: data are written first. */
  stop(): Promise<void>;
  /** SIGKILL: what it has answered is in the AOF. */
  kill(): Promise<void>;
  restart(): Promise<void>;
}

/** A server that ends is noticed at once; this is for a machine that is busy with other things. */
const START_LIMIT_MS = 100_000;

/** Starts a redis-server with its data in `dir`; data of an earlier one there are loaded. */
export async function startRedis(dir: string): Promise<RedisServer> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const owner = join(dir, 'owner');
  await endFormer(owner);
  const port = await freePort();
  const password = passwordIn(dir);
  const config = join(dir, 'redis.conf');
  writeFileSync(config, configuration(dir, port, password), { mode: 0o600 });
  const log = join(dir, 'redis.log');
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    if (child) return;
    const out = openSync(log, 'a', 0o600);
    const started = spawnTied('TERM', ['redis-server', config], { stdio: ['ignore', out, out] });
    closeSync(out);
    started.once('exit', () => {
      if (child === started) child = undefined;
    });
    child = started;
    writeFileSync(owner, `${started.pid} ${startTimeOf(started.pid ?? 0)}\n`);
    if (!(await until(() => child === undefined || answers(port, password), START_LIMIT_MS)) || !child) {
      await end('SIGKILL');
      throw new OpsError('system.part', `redis-server does not answer on 127.0.0.1:${port}, see ${log}`);
    }
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const running = child;
    if (!running) return;
    running.kill(signal);
    await ended(running);
    child = undefined;
  }

  const server: RedisServer = {
    url: `redis://:${password}@127.0.0.1:${port}`,
    port,
    get pid() {
      return child?.pid;
    },
    start,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    restart: async () => {
      await end('SIGTERM');
      await start();
    },
  };
  await start();
  return server;
}

/** Waits for the server of a process that was killed: two must not write the same AOF. */
async function endFormer(owner: string): Promise<void> {
  const [pid, started] = ownerOf(owner);
  if (pid === undefined) return;
  const gone = () => started === undefined || startTimeOf(pid) !== started;
  if (gone()) return;
  signal(pid, 'SIGTERM');
  if (await until(gone, 5_000)) return;
  signal(pid, 'SIGKILL');
  await until(gone, 5_000);
}

function passwordIn(dir: string): string {
  const path = join(dir, 'password');
  if (!existsSync(path)) writeFileSync(path, randomBytes(18).toString('hex'), { mode: 0o600 });
  return readFileSync(path, 'utf8');
}

function configuration(dir: string, port: number, password: string): string {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    `dir "${dir.replaceAll('"', '\\"')}"`,
    'appendonly yes',
    // It is to survive the end of its process and no power cut. While it syncs to a busy disk a server keeps answered
    // writes back, which SIGKILL would then lose, or keeps everybody waiting.
    'appendfsync no',
    'maxmemory-policy noeviction',
    'save ""',
    'daemonize no',
    '',
  ].join('\n');
}

/** Whether a logged-in PING is answered with PONG, i.e. the data are loaded. */
function answers(port: number, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    const give = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(500, () => give(false));
    socket.on('error', () => give(false));
    socket.on('close', () => give(false));
    socket.on('data', (chunk) => {
      text += chunk.toString('utf8');
      if (text.includes('+PONG')) give(true);
      else if (text.includes('-')) give(false);
    });
    socket.write(`AUTH ${password}\r\nPING\r\n`);
  });
}
