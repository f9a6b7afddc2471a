import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { OpsError } from '../core/errors.ts';

/** Search path for the system's own programs, whatever PATH the caller has. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface Ended {
  /** Exit code, or null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CollectOptions {
  readonly input?: string | Uint8Array;
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds until it is killed; default 240 000, for a machine that is busy with other things. */
  readonly timeoutMs?: number;
}

/**
 * Runs a program to its end and collects what it prints.
 * @throws OpsError `system.part` when there is no such program.
 */
export function collect(argv: readonly string[], options: CollectOptions = {}): Promise<Ended> {
  const [program = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: options.env ?? { PATH: SYSTEM_PATH },
      timeout: options.timeoutMs ?? 240_000,
      killSignal: 'SIGKILL',
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    // A program may end without reading its stdin; its exit code tells more than EPIPE would.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.on('error', (cause) =>
      reject(new OpsError('system.part', `${program}: cannot be started: ${cause.message}`, { cause })),
    );
    child.on('close', (code, signal) =>
      resolve({
        code,
        signal,
        stdout: Buffer.concat(out).toString('utf8'),
        stderr: Buffer.concat(err).toString('utf8'),
      }),
    );
  });
}

/** {@link collect} for a program that must succeed; gives its stdout. */
export async function collectOk(argv: readonly string[], options: CollectOptions = {}): Promise<string> {
  const ended = await collect(argv, options);
  if (ended.code !== 0) {
    throw new OpsError(
      'internal',
      `${argv.join(' ')}: ${ended.signal ?? `exit code ${ended.code}`}: ${ended.stderr.trim() || ended.stdout.trim()}`,
    );
  }
  return ended.stdout;
}

/**
 * Starts a program that receives a signal from the kernel when this process dies, even of SIGKILL.
 * @param deathSignal what it receives, e.g. `KILL`.
 */
export function spawnTied(
  deathSignal: 'KILL' | 'TERM',
  argv: readonly string[],
  options: SpawnOptions,
): ChildProcess {
  return spawn('setpriv', ['--pdeathsig', deathSignal, '--', ...argv], {
    ...options,
    // A session of its own: Ctrl-C is for this process, which then ends the others in order.
    detached: true,
    env: options.env ?? { PATH: SYSTEM_PATH },
  });
}

/** Resolves when the child has ended; at once when it has ended already. */
export function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined)
    return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

/**
 * When a process started, in clock ticks since boot: with its pid the identity of a process.
 * Undefined when there is no such process or it is a zombie. Source: proc(5), /proc/PID/stat fields 3 and 22.
 */
export function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Direct children of a process, by pid. */
export function childrenOf(pid: number): readonly number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return text === '' ? [] : text.split(' ').map(Number);
  } catch {
    return [];
  }
}

/** The name of a process's program, at most 15 characters; undefined when there is no such process. */
export function programOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/**
 * Looks every few milliseconds until the condition holds.
 * @returns false when it did not within the limit.
 */
export async function until(condition: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean> {
  const deadline = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() >= deadline) return false;
    await delay(5);
  }
  return true;
}

/** Signals one process; nothing happens when it has ended by itself. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
