import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { OpsError } from '../core/errors.ts';
import { startTimeOf } from './process.ts';

/** A lock file that names its owner by pid and start time, so that a dead owner's lock is recognised. */
export interface FileLock {
  release(): void;
}

/**
 * Takes a lock. One left by a process that is gone is taken over.
 * @throws OpsError `sandbox.running` when a living process holds it.
 */
export function lockFile(path: string): FileLock {
  const own = `${path}.${process.pid}`;
  const line = `${process.pid} ${startTimeOf(process.pid) ?? ''}\n`;
  writeFileSync(own, line);
  try {
    for (;;) {
      try {
        linkSync(own, path);
        break;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      }
      const [pid, started] = ownerOf(path);
      if (pid !== undefined && startTimeOf(pid) === started) {
        throw new OpsError(
          'sandbox.running',
          `a sandbox runs in this folder already (pid ${pid}, lock ${path})`,
        );
      }
      takeAway(path, `${own}.stale`);
    }
  } finally {
    rmSync(own, { force: true });
  }
  return {
    release() {
      if (ownerOf(path)[0] === process.pid) rmSync(path, { force: true });
    },
  };
}

/** Removes a stale lock; puts it back when it has become somebody's meanwhile. */
function takeAway(path: string, aside: string): void {
  try {
    renameSync(path, aside);
  } catch {
    return; // Somebody else cleaned it up; the next link decides.
  }
  const [pid, started] = ownerOf(aside);
  if (pid !== undefined && startTimeOf(pid) === started) linkSync(aside, path);
  rmSync(aside, { force: true });
}

/** Pid and start time in an owner file; undefined when it is missing or not one. */
export function ownerOf(path: string): readonly [number | undefined, string | undefined] {
  try {
    const [pid = '', started = ''] = readFileSync(path, 'utf8').trim().split(' ');
    return [/^\d+$/.test(pid) ? Number(pid) : undefined, started];
  } catch {
    return [undefined, undefined];
  }
}
