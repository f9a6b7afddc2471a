import type { Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { ERRORS, type Problem } from '../core/errors.ts';
import type { RunState } from '../core/run.ts';
import { writeEntry } from './entry.ts';
import { deduplicationId, KEPT_JOBS, type TargetName } from './names.ts';
import type { ActionJob } from './schema.ts';

/**
 * Queues the rollback of a deploy that has failed, in its own name and right behind it: the target passes from one to
 * the other. Repeatable: a worker that took the deploy up again queues nothing twice.
 */
export async function queueUndoing(
  parts: { readonly redis: Redis; readonly queue: Queue; readonly target: TargetName },
  job: Job,
  state: RunState,
  now: number,
): Promise<void> {
  const { redis, queue, target } = parts;
  const { undoneBy: jobId, request, caller, release } = state;
  if (jobId === undefined || release === undefined) return;
  const { site, deployment, duringMaintenance } = request;
  const data: ActionJob = {
    request: {
      kind: 'action',
      action: 'rollback',
      site,
      deployment,
      undo: release,
      automaticAfter: state.jobId,
      dryRun: false,
      reason: `automatic, because job ${state.jobId} has failed`,
      ...(duringMaintenance === undefined ? {} : { duringMaintenance }),
    },
    caller,
    queuedAt: now,
    memory: {},
  };
  const entry = redis.multi();
  writeEntry(entry, jobId, target);
  await entry.exec();
  const options = { jobId, removeOnComplete: { count: KEPT_JOBS }, removeOnFail: { count: KEPT_JOBS } };
  const deduplication = { id: deduplicationId(target) };
  await job.removeDeduplicationKey();
  const added = await queue.add('rollback', data, { ...options, deduplication });
  // Somebody else was let in between the two: the rollback comes after them, and is refused if theirs is a deploy.
  if (added.id !== jobId) await queue.add('rollback', data, options);
}

/**
 * The end of a run whose rollback could not be queued: it says so, and leaves the choice to people. A snapshot newer
 * than the one that promised the rollback.
 */
export function notUndone({ undoneBy: _promised, ...state }: RunState, why: Problem): RunState {
  const { site, deployment } = state.request;
  const { code, message } = state.problem ?? { code: 'internal', message: state.status };
  return {
    ...state,
    seq: state.seq + 1,
    problem: {
      code,
      message: `${message}; its automatic rollback could not be queued: ${why.message}`,
      next: `Type \`/jaws rollback ${deployment} ${site}\` as soon as Redis takes jobs again. ${ERRORS['queue.unavailable'].remedy}`,
    },
  };
}
