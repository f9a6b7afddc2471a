import type { Queue } from 'bullmq';
import { ENDED, LIVE } from './list.ts';
import { runQueue, type TargetName } from './names.ts';

/** How many jobs of a target are in each state, as Redis knows it now. */
export interface JobCount {
  readonly target: TargetName;
  /** Those that wait for a worker, or for a second person. */
  readonly waiting: number;
  readonly running: number;
  readonly ended: number;
}

/** Counts the jobs of each target. */
export function countJobs(
  queueOf: (name: string) => Queue,
  targets: readonly TargetName[],
): Promise<readonly JobCount[]> {
  return Promise.all(
    targets.map(async (target) => {
      const counted = await queueOf(runQueue(target)).getJobCounts(...LIVE, ...ENDED);
      const sum = (names: readonly string[]) =>
        names.reduce((total, name) => total + (counted[name] ?? 0), 0);
      const running = counted['active'] ?? 0;
      return { target, running, waiting: sum(LIVE) - running, ended: sum(ENDED) };
    }),
  );
}
