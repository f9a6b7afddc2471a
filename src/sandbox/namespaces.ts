import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { OpsError } from '../core/errors.ts';
import { type SiteBoot, writeBoot } from './boot.ts';
import { SITE_PROGRAMS } from './folder.ts';
import { ended, spawnTied, startTimeOf, until } from './process.ts';
import { removeCgroup } from './user-manager.ts';

/** A booted site: its processes, mounts and network live in namespaces of their own and end with it. */
export interface Namespaces {
  /** The site's PID 1, as this machine numbers it. */
  readonly pid: number;
  /** Turns a command into one that runs inside the site, as root. */
  inside(argv: readonly string[]): readonly string[];
  /** Ends every process of the site: `shutdown` with SIGTERM first, `cut` at once. */
  end(how: 'shutdown' | 'cut'): Promise<void>;
  readonly running: boolean;
  /** Called once when the site is gone, for whatever reason. */
  onEnd(listener: () => void): void;
}

/** More than PART_LIMIT_SEC of init.py, whose message says which part it was. */
const BOOT_LIMIT_MS = 120_000;
/** A shutdown takes as long as the grace in init.py. */
const SHUTDOWN_LIMIT_MS = 60_000;
/** A site that is killed is gone when the kernel has ended its processes: this is for a machine that is busy. */
const GONE_LIMIT_MS = 60_000;

/**
 * Boots a site. It ends when {@link Namespaces.end} is called or this process dies.
 * @param dir the site's own folder; gets log/boot.log.
 * @throws OpsError `system.part` when the site does not come up, with what its PID 1 said.
 */
export async function bootSite(dir: string, boot: SiteBoot): Promise<Namespaces> {
  const spec = join(dir, 'boot.json');
  const logPath = join(dir, 'log', 'boot.log');
  writeBoot(spec, boot);
  mkdirSync(join(dir, 'log'), { recursive: true });
  const log = openSync(logPath, 'w', 0o600);
  const own = ['--mount', '--pid', '--net', '--uts', '--ipc'];
  // unshare receives SIGKILL when this process dies and passes it on; PID 1 ends also when its stdin does.
  const child = spawnTied(
    'KILL',
    [
      'unshare',
      ...own,
      '--fork',
      '--kill-child=KILL',
      '--',
      '/usr/bin/python3',
      '-I',
      '-S',
      '-B',
      join(SITE_PROGRAMS, 'init.py'),
      spec,
    ],
    { stdio: ['pipe', 'pipe', log] },
  );
  closeSync(log);
  child.stdin?.on('error', () => undefined);
  const end = ended(child);
  const pid = await firstPid(child.stdout, end);
  if (pid === undefined) {
    child.kill('SIGKILL');
    await end;
    throw new OpsError(
      'system.part',
      `${boot.hostname}: does not boot: ${readFileSync(logPath, 'utf8').trim()}`,
      {
        next: 'Run as root on a Linux machine that may make namespaces (in a container: --privileged).',
      },
    );
  }
  const started = startTimeOf(pid);
  const gone = () => startTimeOf(pid) !== started || started === undefined;
  let running = true;
  const over = end.then(async () => {
    const { cgroup } = boot;
    await until(() => gone() && (cgroup === undefined || removeCgroup(cgroup)), GONE_LIMIT_MS);
    running = false;
  });
  return {
    pid,
    get running() {
      return running;
    },
    inside: (argv) => [
      'nsenter',
      '--target',
      `${pid}`,
      '--mount',
      '--uts',
      '--ipc',
      '--net',
      '--pid',
      '--wd=/',
      '--',
      ...argv,
    ],
    onEnd: (listener) => void over.then(listener),
    async end(how) {
      if (how === 'cut') child.kill('SIGKILL');
      else child.stdin?.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), SHUTDOWN_LIMIT_MS);
      await over;
      clearTimeout(timer);
    },
  };
}

/** The pid on the first line that PID 1 prints; undefined when it ends or says nothing in time. */
async function firstPid(stdout: Readable | null, end: Promise<void>): Promise<number | undefined> {
  if (!stdout) return undefined;
  const lines = createInterface({ input: stdout });
  const line = new Promise<string>((resolve) => lines.once('line', resolve));
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), BOOT_LIMIT_MS);
  });
  const first = await Promise.race([line, end.then(() => undefined), limit]);
  clearTimeout(timer);
  lines.close();
  if (first === undefined) return undefined;
  const parsed: unknown = JSON.parse(first);
  return typeof parsed === 'object' && parsed !== null && 'pid' in parsed && typeof parsed.pid === 'number'
    ? parsed.pid
    : undefined;
}
