import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { spawnTied } from '../../src/sandbox/process.ts';
import { until } from '../fixtures/until.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

/** `jaws-ops bot` or `jaws-ops worker` as a process of its own, which can be killed and started again. */
export interface Program {
  /** Of the running process; undefined while it is down. */
  readonly pid: number | undefined;
  /** Starts it unless it runs; resolves when it is ready. */
  start(): Promise<void>;
  /** Sends a signal that does not end it. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  /** What it has logged since the first start. */
  log(): string;
  /** Sends a signal that ends it, and waits for the end. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

export interface ProgramOptions {
  readonly name: 'bot' | 'worker';
  readonly env: Readonly<Record<string, string>>;
  /** File that its log is appended to. */
  readonly log: string;
  readonly ready: () => Promise<boolean>;
}

/** Describes a program; it is down until started. */
export function program({ name, env, log, ready }: ProgramOptions): Program {
  let child: ChildProcess | undefined;
  return {
    get pid() {
      return child?.pid;
    },
    async start() {
      if (child !== undefined) return;
      const out = openSync(log, 'a', 0o600);
      const started = spawnTied('KILL', [process.execPath, '--import', 'tsx', CLI, name], {
        stdio: ['ignore', out, out],
        env: { PATH: process.env['PATH'], ...env },
      });
      closeSync(out);
      started.once('exit', () => {
        if (child === started) child = undefined;
      });
      child = started;
      await until(
        `the start of the ${name}`,
        () => {
          if (child !== started) throw new Error(`the ${name} has ended, see ${log}`);
          return ready().catch(() => false);
        },
        240_000,
      );
    },
    signal: (name) => void child?.kill(name),
    log: () => readFileSync(log, 'utf8'),
    async end(signal) {
      const ending = child;
      if (ending === undefined) return;
      const over = once(ending, 'exit');
      ending.kill(signal);
      await over;
    },
  };
}
