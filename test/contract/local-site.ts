import { spawn } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Fact } from '../../src/core/fact.ts';
import type { RenderedFile } from '../../src/core/file.ts';
import { revealed, type Script } from '../../src/core/script.ts';
import { reveal } from '../../src/core/secret.ts';
import { signal } from '../../src/sandbox/process.ts';
import { until } from '../fixtures/until.ts';

/**
 * Shell lines with which a service waits until it is told to stop, and starts nothing meanwhile: a process between its
 * fork and its exec has the command line of its parent, and whoever looks then counts it as another one of the service.
 */
export const UNTIL_TOLD = `trap 'exit 0' TERM
mkfifo "$HOME/told-$$" && exec 3<>"$HOME/told-$$" && rm "$HOME/told-$$" || exit 1
while :; do read -r _ <&3; done
`;

export interface Ran {
  readonly code: number;
  readonly output: string;
}

/** A folder on this machine that plays a site: scripts run with the local `sh`, files are put where they belong. */
export interface LocalSite {
  readonly root: string;
  /** The staging folder that scripts find in JAWS_OPS_STAGING. */
  readonly staging: string;
  run(script: Script): Promise<Ran>;
  /** Runs a script that must succeed, and gives its output. */
  must(script: Script): Promise<string>;
  look<T>(fact: Fact<T>): Promise<T>;
  write(files: readonly RenderedFile[]): void;
  /** Kills what still runs from the folder and removes it. */
  remove(): Promise<void>;
}

export function aLocalSite(): LocalSite {
  const root = mkdtempSync(join(tmpdir(), 'jaws-site-'));
  const staging = join(root, 'staging');
  mkdirSync(staging, { mode: 0o700 });
  const run = (script: Script): Promise<Ran> =>
    new Promise((resolve, reject) => {
      const child = spawn('sh', ['-s'], {
        cwd: root,
        stdio: 'pipe',
        env: {
          PATH: process.env['PATH'] ?? '/usr/bin:/bin',
          HOME: root,
          LC_ALL: 'C',
          JAWS_OPS_STAGING: staging,
        },
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text) => (output += text));
      child.on('error', reject);
      child.on('close', (code) => resolve({ code: code ?? -1, output }));
      child.stdin.on('error', () => undefined);
      child.stdin.end(`${revealed(script)}\n`);
    });
  const must = async (script: Script): Promise<string> => {
    const { code, output } = await run(script);
    if (code !== 0) throw new Error(`exit code ${code}: ${output}`);
    return output;
  };
  return {
    root,
    staging,
    run,
    must,
    look: async (fact) => {
      const { code, output } = await run(fact.script);
      return fact.parse(output, code);
    },
    write: (files) => {
      for (const file of files) put(file.path, reveal(file.content), file.mode);
    },
    remove: async () => {
      // Again each time: one that is killed may have started another while it was looked for.
      await until('the processes of the site end', () => {
        const left = processesOf(root);
        for (const pid of left) signal(pid, 'SIGKILL');
        return left.length === 0;
      });
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Writes a file with its mode, and the folders above it. */
export function put(path: string, text: string, mode = 0o600): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode });
  chmodSync(path, mode);
}

/**
 * Ids of the processes with the path in their command line, or whose folder is below it: another team's program under
 * our supervisord names no path of ours.
 */
export function processesOf(path: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid)
    .filter((pid) => commandLine(pid).includes(`${path}/`) || folderOf(pid).startsWith(`${path}/`));
}

function folderOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
