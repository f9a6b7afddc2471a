import { type ChildProcess, fork } from 'node:child_process';
import { connect, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';

/** A way to hosts of this machine that takes as long as one to a site far away. */
export interface Distance {
  /** The port that leads to each of the given ones, in their order. */
  readonly ports: readonly number[];
  close(): Promise<void>;
}

/**
 * Starts a proxy on loopback in a process of its own, so that its work is nobody's: each byte arrives half a round
 * trip after it was sent, in order, at the speed of loopback.
 */
export function startDistance(ports: readonly number[], roundTripMs: number): Promise<Distance> {
  const child = fork(fileURLToPath(import.meta.url), [String(roundTripMs / 2), ...ports.map(String)], {
    execArgv: ['--import', 'tsx'],
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the proxy ended with exit code ${code}`)));
    child.once('message', (given) => resolve({ ports: given as number[], close: () => ended(child) }));
  });
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.disconnect();
  });
}

if (process.send !== undefined && process.argv[1] === fileURLToPath(import.meta.url)) {
  const [delayMs = 0, ...ports] = process.argv.slice(2).map(Number);
  const opened = await Promise.all(ports.map((port) => proxy(port, delayMs)));
  process.send(opened);
  process.once('disconnect', () => process.exit(0));
}

function proxy(port: number, delayMs: number): Promise<number> {
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
    const far = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    pass(near, far, delayMs);
    pass(far, near, delayMs);
  });
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    }),
  );
}

/** Timers of the same length fire in the order they were set, so that bytes stay in theirs. */
function pass(from: Socket, to: Socket, delayMs: number): void {
  from.on('data', (chunk) => setTimeout(() => to.writable && to.write(chunk), delayMs));
  from.on('end', () => setTimeout(() => to.end(), delayMs));
  from.on('error', () => to.destroy());
  from.on('close', () => setTimeout(() => to.destroy(), delayMs));
}
