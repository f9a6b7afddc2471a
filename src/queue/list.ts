import type { Queue } from 'bullmq';
import { isFinal } from '../core/run.ts';
import type { Jobs, JobView } from './api.ts';
import { runQueue, type TargetName } from './names.ts';

/** BullMQ's states of a job that is not over. */
export const LIVE = ['active', 'waiting', 'prioritized', 'delayed'] as const;
/** And of one that is. */
export const ENDED = ['completed', 'failed'] as const;

/**
 * Jobs over many targets, running and waiting ones first, newest first. Two waves of commands whatever the
 * number of targets: ids (which sort by time), then only the jobs asked for.
 */
export async function listJobs(
  queueOf: (name: string) => Queue,
  targets: readonly TargetName[],
  filter: Parameters<Jobs['list']>[0],
  views: (ids: readonly string[]) => Promise<JobView[]>,
): Promise<JobView[]> {
  const { site, deployment, limit } = filter;
  const wanted = targets.filter(
    (target) =>
      (site === undefined || target.site === site) &&
      (deployment === undefined || target.deployment === deployment),
  );
  if (limit <= 0) return [];
  const ids = async (types: (typeof LIVE | typeof ENDED)[number][], last: number) => {
    const perQueue = await Promise.all(
      wanted.map((target) => queueOf(runQueue(target)).getRanges(types, 0, last)),
    );
    return perQueue.flat().sort().reverse();
  };
  const [live, ended] = await Promise.all([ids([...LIVE], -1), ids([...ENDED], limit - 1)]);
  const found = await views([...new Set([...live, ...ended])].slice(0, limit));
  // A job may have ended between the two waves.
  return found.sort(
    (a, b) => Number(isFinal(a.state)) - Number(isFinal(b.state)) || (a.state.jobId < b.state.jobId ? 1 : -1),
  );
}
