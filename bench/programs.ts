import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ended, spawnTied } from '../src/sandbox/process.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Arguments of `node` for `jaws-ops`, as production starts it: see `start` in package.json. Snapshots and messages are
 * short-lived and small, so that Node's usual room for new objects costs memory and saves nothing.
 */
export const CLI = ['--max-semi-space-size=4', 'dist/cli.js'] as const;

/** A process of ours that is measured from outside. */
export interface Program {
  /** Resident memory now, and the most it ever was, in MB. */
  memory(): { readonly now: number; readonly peak: number };
  /** CPU time so far, in milliseconds. */
  cpuMs(): number;
  /** Resolves when it has ended, with the last lines of its log. */
  readonly ended: Promise<string>;
  /** Asks it to end, and ends it when it does not within 15 s. */
  stop(): Promise<void>;
}

/** Lines of a log that tell why a program ended. */
const LAST_LINES = 5;
/** Kernel ticks per second in /proc; 100 on every Linux that Node runs on. */
const TICKS = 100;

/** Builds `dist/`, which is what production runs. @throws Error with what the compiler said */
export function build(): void {
  const { status, stdout } = spawnSync('npm', ['run', '-s', 'build'], { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm run build: ${stdout}`);
}

/** Starts `node ARGS…` in the project's folder; what it logs goes to a file. It ends with this process, however that ends. */
export function startProgram(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  log: string,
): Program {
  const out = openSync(log, 'a');
  const child = spawnTied('KILL', [process.execPath, ...args], {
    cwd: ROOT,
    stdio: ['ignore', out, out],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
  });
  closeSync(out);
  const { pid } = child;
  const gone = ended(child);
  if (pid === undefined) throw new Error(`node ${args.join(' ')} does not start`);
  return {
    ended: gone.then(() => readFileSync(log, 'utf8').trimEnd().split('\n').slice(-LAST_LINES).join('\n')),
    memory: () => memoryOf(pid),
    cpuMs: () => cpuOf(pid),
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
      await gone;
      clearTimeout(timer);
    },
  };
}

/**
 * Waits until a URL answers 200, or anything at all.
 * @param programs those that have to run for it
 * @returns when it did
 * @throws Error at the limit, and when one of the programs has ended
 */
export async function ready(
  url: string,
  programs: readonly Program[],
  status: 200 | 'any' = 200,
  limitMs = 120_000,
): Promise<number> {
  const end = performance.now() + limitMs;
  let last: string | undefined;
  for (const program of programs) void program.ended.then((lines) => (last = lines));
  while (performance.now() < end) {
    if (last !== undefined) throw new Error(`${url}: a program that it needs has ended:\n${last}`);
    const answer = await fetch(url).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer !== undefined && (status === 'any' || answer.status === status)) return performance.now();
    await delay(20);
  }
  throw new Error(`${url}: not ready within ${limitMs / 1000} s`);
}

function memoryOf(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mb = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024;
  return { now: mb('VmRSS'), peak: mb('VmHWM') };
}

function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS;
}
