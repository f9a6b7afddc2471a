import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { childrenOf, programOf, SYSTEM_PATH, signal } from './process.ts';

/**
 * The sshd of a site: a listener on this machine's loopback whose connections are each served by a real
 * `sshd -i` inside the site. It can be taken down and up; connections it accepted go on without it, as with sshd.
 */
export interface SshListener {
  readonly address: string;
  readonly port: number;
  readonly listening: boolean;
  /** Connections being served. */
  readonly connections: number;
  listen(): Promise<void>;
  /** New connections are refused from now on. */
  unlisten(): Promise<void>;
  /** Ends every connection as a broken network would: sshd is gone, what it started goes on. @returns how many. */
  cut(): number;
}

export interface SshListenerOptions {
  readonly address: string;
  readonly port: number;
  /** The command that serves one connection on its stdin and stdout; undefined while the site is down. */
  readonly command: () => readonly string[] | undefined;
  /** File that receives what sshd logs. */
  readonly log: string;
}

export function sshListener(options: SshListenerOptions): SshListener {
  const { address, port, command, log } = options;
  const serving = new Set<number>();
  let server: Server | undefined;

  function serve(socket: Socket): void {
    socket.on('error', () => undefined);
    const [program, ...args] = command() ?? [];
    if (program === undefined) {
      socket.resetAndDestroy();
      return;
    }
    const out = openSync(log, 'a', 0o600);
    const child = spawn(program, args, {
      stdio: [socket, socket, out],
      env: { PATH: SYSTEM_PATH },
      detached: true,
    });
    closeSync(out);
    const { pid } = child;
    if (pid !== undefined) serving.add(pid);
    child.on('error', () => undefined);
    child.on('exit', () => pid !== undefined && serving.delete(pid));
    // The child has its own copy; ours would keep the connection open after it.
    socket.destroy();
  }

  return {
    address,
    port,
    get listening() {
      return server !== undefined;
    },
    get connections() {
      return serving.size;
    },
    listen() {
      if (server) return Promise.resolve();
      const made = createServer({ pauseOnConnect: true, noDelay: true }, serve);
      return new Promise((resolve, reject) => {
        made.once('error', reject);
        made.listen(port, address, () => {
          server = made;
          resolve();
        });
      });
    },
    unlisten() {
      const closing = server;
      server = undefined;
      return new Promise((resolve) => (closing ? closing.close(() => resolve()) : resolve()));
    },
    cut() {
      const pids = [...serving];
      for (const pid of pids) killTree(pid);
      return pids.length;
    },
  };
}

/** Kills sshd and the sshd it forked for the account, not the commands they started. */
function killTree(pid: number): void {
  const children = childrenOf(pid);
  for (const child of children) {
    if (/^sshd/.test(programOf(child) ?? '')) killTree(child);
  }
  if (/^sshd/.test(programOf(pid) ?? '')) signal(pid, 'SIGKILL');
}
