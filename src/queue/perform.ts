import { DelayedError, type Job, type Queue, UnrecoverableError, WaitingError } from 'bullmq';
import type { Redis } from 'ioredis';
import { OpsError, problemOf } from '../core/errors.ts';
import { isFinal, queuedRun, type RunState } from '../core/run.ts';
import { targetId } from '../core/target.ts';
import type { Handlers, RunContext } from './api.ts';
import { appendRunAudit } from './audit.ts';
import { park, readDecision, unpark } from './decision.ts';
import { earlierOf, fateOf } from './fate.ts';
import { notUndone, queueUndoing } from './follow-up.ts';
import { recordOutcome } from './intended.ts';
import { interruptReason } from './interrupt.ts';
import { readLocks } from './locks.ts';
import { OUTPUT_TTL_SEC, outputKey, type TargetName } from './names.ts';
import { createReporter } from './reporter.ts';
import { type ActionJob, actionJobSchema, faultsOf } from './schema.ts';
import { clip, type Scrub, scrubState } from './scrub.ts';
import { readState } from './state-schema.ts';
import { lostRun } from './view.ts';
import { readWindows } from './windows.ts';

/** What it takes to carry a job out. */
export interface PerformParts {
  readonly redis: Redis;
  /** The target's own, for what follows a run. */
  readonly queue: Queue;
  readonly target: TargetName;
  readonly handlers: Handlers;
  readonly scrub: Scrub;
  onError(error: unknown, jobId: string): void;
}

/**
 * Carries out one job of a target's queue and gives its final state. What a handler throws unasked becomes a
 * failed run; an interrupted run goes back to the queue at once, with its last snapshot and memory.
 * @throws UnrecoverableError for a job that is not one of ours: it fails and is never tried again
 * @throws WaitingError when the job was given back, or is no longer this worker's
 * @throws DelayedError when the job was put aside until somebody decides
 */
export async function perform(
  parts: PerformParts,
  job: Job,
  token: string,
  signal: AbortSignal,
): Promise<RunState> {
  const { handlers, scrub } = parts;
  const jobId = job.id ?? '';
  const data = readJob(job, parts.target);
  const lost = () => interruptReason(signal) === 'lock-lost';
  const first = queuedRun(
    jobId,
    data.request,
    data.caller,
    targetId(parts.target.site, parts.target.deployment),
    data.queuedAt,
  );
  let latest = readState(job.progress) ?? first;
  const reporter = createReporter(
    (state) => (lost() ? Promise.resolve() : job.updateProgress(scrubState(state, scrub))),
    (error) => parts.onError(error, jobId),
  );

  // Its end was told, and only the record of it was lost with its worker: nothing is looked at or done again.
  if (isFinal(latest)) return ended(latest);
  try {
    await unpark(parts.redis, job, parts.target);
    const final = await handlers.action({
      ...contextOf(parts, job, data, signal),
      report: (state) => {
        latest = state;
        if (!lost()) reporter.report(state);
        return Promise.resolve();
      },
    });
    if (final.status === 'awaiting') {
      await reporter.stop();
      await job.updateProgress(scrubState(final, scrub));
      await park(parts.redis, job, token, final);
      throw new DelayedError();
    }
    if (!isFinal(final))
      throw new OpsError('internal', `job ${jobId}: the run ended in state ${final.status}`);
    if (lost()) throw new WaitingError();
    await reporter.stop();
    return await ended(final);
  } catch (error) {
    if (error instanceof DelayedError) throw error;
    const reason = interruptReason(signal);
    if (reason === 'shutdown') {
      await reporter.flush();
      // A job that cannot be given back is taken up by others when its lock runs out.
      await job.moveToWait(token).catch((cause) => parts.onError(cause, jobId));
    }
    if (reason !== undefined) throw new WaitingError();
    await reporter.stop();
    parts.onError(error, jobId);
    return ended(lostRun(latest, problemOf(error), Date.now()));
  }

  /**
   * What the run means for its target is on record before its job has ended. Its last snapshot may be seen a moment
   * earlier: that is what tells a worker which takes the job up again that only the record is missing.
   */
  async function ended(state: RunState): Promise<RunState> {
    await recordOutcome(parts.redis, state).catch((error) => parts.onError(error, jobId));
    const told = scrubState(state, scrub);
    await appendRunAudit(parts.redis, told).catch((error) => parts.onError(error, jobId));
    try {
      await queueUndoing(parts, job, state, Date.now());
      return told;
    } catch (error) {
      parts.onError(error, jobId);
      return notUndone(told, problemOf(error));
    }
  }
}

function readJob(job: Job, target: TargetName): ActionJob {
  const parsed = actionJobSchema.safeParse(job.data);
  const where = `job ${job.id} of queue ${job.queueName}`;
  if (!parsed.success)
    throw new UnrecoverableError(`${where} cannot be read, nothing was done: ${faultsOf(parsed.error)}`);
  const { site, deployment } = parsed.data.request;
  if (site !== target.site || deployment !== target.deployment)
    throw new UnrecoverableError(
      `${where} is for ${targetId(site, deployment)}, expected ${targetId(target.site, target.deployment)}; nothing was done`,
    );
  return parsed.data;
}

function contextOf(
  parts: PerformParts,
  job: Job,
  data: ActionJob,
  signal: AbortSignal,
): Omit<RunContext, 'report'> {
  const jobId = job.id ?? '';
  const previous = readState(job.progress);
  const mine = () => interruptReason(signal) !== 'lock-lost';
  return {
    jobId,
    request: data.request,
    caller: data.caller,
    queuedAt: data.queuedAt,
    memory: data.memory,
    // Counted by Redis in the same step in which a worker takes the job.
    attempt: job.attemptsStarted,
    signal,
    ...(previous === undefined ? {} : { previous }),
    decision: (planHash) => readDecision(parts.redis, jobId, planHash),
    locks: () => readLocks(parts.redis),
    windows: () => readWindows(parts.redis),
    earlier: (other) => earlierOf(parts.redis, parts.target, other),
    fate: (other) => fateOf(parts.redis, parts.target, other),
    async remember(memory) {
      if (mine()) await job.updateData({ ...data, memory });
    },
    async saveOutput(step, text) {
      if (!mine()) return;
      await parts.redis
        .multi()
        .hset(outputKey(jobId), step, clip(parts.scrub(text)))
        .expire(outputKey(jobId), OUTPUT_TTL_SEC)
        .exec();
    },
  };
}
