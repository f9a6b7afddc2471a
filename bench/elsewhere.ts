import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Processes that stand for other machines, see {@link elsewhere}. */
export interface Elsewhere {
  /** How they keep out of the way, in words. */
  readonly how: string;
  /** Takes in these processes and whatever they start from now on. */
  add(pids: readonly number[]): void;
  /** Removes the group, once its processes have ended. @throws Error when they do not within 10 s */
  close(): Promise<void>;
}

const GROUPS = '/sys/fs/cgroup';
const LOWEST_PRIORITY = 19;
const LIMIT_MS = 10_000;

/**
 * A place for processes that stand for other machines: what they do must not take the CPU from what is measured. It is
 * a control group of the least weight; a low priority would not do, as each login is a session of its own, and Linux
 * shares the CPU out among sessions first (`CONFIG_SCHED_AUTOGROUP`, see sched(7)). Without the right to make a control
 * group the low priority is all there is.
 */
export function elsewhere(): Elsewhere {
  const group = controlGroup();
  if (group === undefined) return lowestPriority();
  return {
    how: 'in a control group of the least weight',
    add(pids) {
      for (const pid of pids) writeFileSync(join(group, 'cgroup.procs'), String(pid));
    },
    close: () => removed(group),
  };
}

/** A place for processes whose own speed is a part of what is measured. */
export function lowestPriority(): Elsewhere {
  return {
    how: 'at the lowest priority, which does not keep their sessions from taking a share of the CPU',
    add(pids) {
      for (const pid of pids) setPriority(pid, LOWEST_PRIORITY);
    },
    close: async () => undefined,
  };
}

/** A new control group of the least weight, of whichever version the machine has. */
function controlGroup(): string | undefined {
  const name = `jaws-ops-bench-${process.pid}`;
  for (const [top, weight, least] of [
    [GROUPS, 'cpu.weight', '1'],
    [join(GROUPS, 'cpu'), 'cpu.shares', '2'],
  ] as const) {
    if (!existsSync(join(top, 'cgroup.procs'))) continue;
    const group = join(top, name);
    try {
      mkdirSync(group);
    } catch {
      continue;
    }
    if (existsSync(join(group, weight))) {
      writeFileSync(join(group, weight), least);
      return group;
    }
    rmdirSync(group);
  }
  return undefined;
}

async function removed(group: string): Promise<void> {
  const end = performance.now() + LIMIT_MS;
  for (;;) {
    const left = readFileSync(join(group, 'cgroup.procs'), 'utf8').trim();
    if (left === '') break;
    if (performance.now() > end) throw new Error(`${group}: still there: ${left.split('\n').join(', ')}`);
    await delay(20);
  }
  rmdirSync(group);
}
