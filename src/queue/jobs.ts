import { Job, Queue } from 'bullmq';
import type { Decision } from '../core/approval.ts';
import { OpsError } from '../core/errors.ts';
import type { ActionRequest, Caller } from '../core/request.ts';
import { isFinal, queuedRun } from '../core/run.ts';
import { targetId } from '../core/target.ts';
import type { Decided, Jobs, JobView, Submitted } from './api.ts';
import { type AskSiteParts, lookAtSite, statusOfSite } from './ask-site.ts';
import { createAudit } from './audit.ts';
import { askToCancel } from './cancel.ts';
import { ANSWER_LIMIT_MS, createAsk, openPatient, openProducer } from './connection.ts';
import { countJobs, type JobCount } from './counts.ts';
import { planAwaiting, wake, writeDecision } from './decision.ts';
import { dropEntry, readEntry, SHOWN_SCRIPT, writeEntry, writeMessage } from './entry.ts';
import { createEvents } from './events.ts';
import { sitesServed } from './heartbeat.ts';
import { untilGivenBack } from './holder.ts';
import { readIntentions } from './intended.ts';
import { newJobId } from './job-id.ts';
import { listJobs } from './list.ts';
import { createLocks } from './locks.ts';
import {
  AWAITING_KEY,
  deduplicationId,
  jobKey,
  KEPT_JOBS,
  outputKey,
  PREFIX,
  readsQueue,
  runQueue,
  type TargetName,
  UNSHOWN_KEY,
} from './names.ts';
import { createRunbookRuns } from './runbooks.ts';
import { readSchedules, schedulesQueue } from './schedules.ts';
import { type ActionJob, actionRequestSchema, faultsOf } from './schema.ts';
import { stateOf, unreadableState } from './view.ts';
import { createRunWatch } from './watch.ts';
import { createWindows } from './windows.ts';

export interface JobsOptions {
  readonly redisUrl: string;
  /** Every configured target. */
  readonly targets: readonly TargetName[];
  /** Milliseconds since the epoch. */
  now(): number;
  /** How long the worker of a run that has ended may take to give its target back, in milliseconds; default 3 s. */
  readonly releaseMs?: number;
  /** How long Redis may take to answer a question, in milliseconds; default {@link ANSWER_LIMIT_MS}. */
  readonly answerMs?: number;
}

/** {@link Jobs} on Redis, with what only metrics ask for. */
export interface RedisJobs extends Jobs {
  counts(): Promise<readonly JobCount[]>;
}

/** An id younger than this may belong to a job that is just being queued, in milliseconds. */
const BEING_QUEUED_MS = 60_000;

/**
 * The asking side of the queue, for the bot and the command line. Connects in the background; a call made while
 * Redis is away rejects with OpsError('queue.unavailable') within about two seconds, and nothing is kept for later.
 */
export function createJobs(options: JobsOptions): RedisJobs {
  const { redisUrl, targets, now, releaseMs = 3_000, answerMs = ANSWER_LIMIT_MS } = options;
  const redis = openProducer(redisUrl, answerMs);
  const ask = createAsk(redis, redisUrl, answerMs);
  const sites = [...new Set(targets.map((target) => target.site))];
  const queues = new Map<string, Queue>();
  const byQueue = new Map(targets.map((target) => [runQueue(target), target]));
  const events = createEvents([...byQueue.keys(), ...sites.map(readsQueue)], ask, redis, () =>
    openPatient(redisUrl),
  );

  function queueOf(name: string): Queue {
    const known = queues.get(name);
    if (known) return known;
    const queue = new Queue(name, {
      connection: redis,
      prefix: PREFIX,
      skipVersionCheck: true,
      skipWaitingForReady: true,
      skipMetasUpdate: true,
    });
    queue.on('error', () => undefined);
    queues.set(name, queue);
    return queue;
  }

  async function view(jobId: string): Promise<JobView | undefined> {
    const entry = await readEntry(redis, jobId);
    if (!entry) return undefined;
    const { target, ...shown } = entry;
    let job: Job | undefined;
    try {
      job = await Job.fromId(queueOf(runQueue(target)), jobId);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return { state: unreadableState(jobId, target, `its data in Redis is not JSON`), ...shown };
    }
    return job && { state: stateOf(job, target), ...shown };
  }

  async function views(ids: readonly string[]): Promise<JobView[]> {
    const found = await Promise.all(ids.map(view));
    return found.filter((job) => job !== undefined);
  }

  async function submit(request: ActionRequest, caller: Caller, wantedId?: string): Promise<Submitted> {
    const target = { site: request.site, deployment: request.deployment };
    const parsed = actionRequestSchema.safeParse(request);
    if (!parsed.success) throw new OpsError('usage.argument', faultsOf(parsed.error));
    if (!byQueue.has(runQueue(target)))
      throw new OpsError('usage.argument', `${targetId(target.site, target.deployment)} is not configured`);
    const known = wantedId === undefined ? undefined : await ask(() => view(wantedId));
    if (known !== undefined) return { kind: 'queued', job: known };
    const waiting = request.dryRun ? undefined : await ask(() => awaitingAt(target));
    if (waiting?.state.request.action === request.action) return { kind: 'busy', job: waiting };
    for (;;) {
      const queuedAt = now();
      const jobId = wantedId ?? newJobId(queuedAt);
      const data: ActionJob = { request: parsed.data, caller, queuedAt, memory: {} };
      const given = await ask(async () => {
        const entry = redis.multi();
        writeEntry(entry, jobId, target);
        await entry.exec();
        const job = await queueOf(runQueue(target)).add(request.action, data, {
          jobId,
          deduplication: { id: deduplicationId(target) },
          removeOnComplete: { count: KEPT_JOBS },
          removeOnFail: { count: KEPT_JOBS },
        });
        if (job.id !== jobId) await dropEntry(redis, jobId);
        return job.id;
      });
      if (given === jobId) {
        const id = targetId(target.site, target.deployment);
        return { kind: 'queued', job: { state: queuedRun(jobId, parsed.data, caller, id, queuedAt) } };
      }
      const holder = given === undefined ? undefined : await ask(() => view(given));
      if (holder && !isFinal(holder.state)) return { kind: 'busy', job: holder };
      if (given !== undefined) await untilGivenBack(redis, ask, target, given, releaseMs);
    }
  }

  /** The job that waits at a target for a second person. */
  async function awaitingAt(target: TargetName): Promise<JobView | undefined> {
    const jobId = await redis.hget(AWAITING_KEY, deduplicationId(target));
    const job = jobId === null ? undefined : await view(jobId);
    return job?.state.status === 'awaiting' ? job : undefined;
  }

  /** Lets a job that was put aside be taken up at once. */
  async function rouse({ state }: JobView): Promise<void> {
    const { site, deployment } = state.request;
    const job = await Job.fromId(queueOf(runQueue({ site, deployment })), state.jobId);
    if (job !== undefined) await wake(job);
  }

  async function decide(jobId: string, decision: Decision, planHash?: string): Promise<Decided> {
    const job = await ask(() => view(jobId));
    if (!job) throw new OpsError('job.unknown', `no job has the id ${jobId}`);
    const hash = planAwaiting(job.state, planHash, now());
    return ask(async () => {
      const counted = await writeDecision(redis, jobId, hash, decision);
      // Also when somebody else was first: whoever that was may have ended before waking the job.
      await rouse(job);
      return { ...counted, job };
    });
  }

  const runs = createRunWatch(
    events,
    (queue) => byQueue.has(queue),
    async (jobId) => (await ask(() => view(jobId)))?.state,
  );
  const recurring = schedulesQueue(redis);
  const present = (of = sites) => ask(() => sitesServed(redis, of));
  const asking: AskSiteParts = {
    ask,
    events,
    targets,
    now,
    queue: (site) => queueOf(readsQueue(site)),
    hasWorker: async (site) => (await present([site])).length > 0,
  };

  return {
    submit,
    find: (jobId) => ask(() => view(jobId)),
    list: (filter) => ask(() => listJobs(queueOf, targets, filter, views)),
    status: (request, timeoutMs) => statusOfSite(asking, request, timeoutMs),
    look: (request, timeoutMs) => lookAtSite(asking, request, timeoutMs),
    cancel: async (jobId, caller) => {
      const job = await ask(() => view(jobId));
      if (!job) throw new OpsError('job.unknown', `no job has the id ${jobId}`);
      if (isFinal(job.state)) throw new OpsError('job.ended', `job ${jobId} has ended: ${job.state.status}`);
      await ask(() => askToCancel(redis, jobId, caller));
      if (job.state.status === 'awaiting') await ask(() => rouse(job));
      return job;
    },
    decide,
    attach: (jobId, message) =>
      ask(async () => {
        if ((await redis.exists(jobKey(jobId))) === 0)
          throw new OpsError('job.unknown', `no job has the id ${jobId}`);
        const commands = redis.multi();
        writeMessage(commands, jobId, message);
        await commands.exec();
      }),
    shown: (jobId, seq) =>
      ask(async () => {
        await redis.eval(SHOWN_SCRIPT, 1, jobKey(jobId), seq);
      }),
    unshown: () =>
      ask(async () => {
        const ids = await redis.smembers(UNSHOWN_KEY);
        const jobs = await views(ids.sort());
        const open = jobs.filter(({ state, shownSeq }) => !isFinal(state) || (shownSeq ?? -1) < state.seq);
        const done = ids.filter(
          (id) =>
            !open.some((job) => job.state.jobId === id) &&
            (jobs.some((job) => job.state.jobId === id) || id < newJobId(now() - BEING_QUEUED_MS)),
        );
        if (done.length > 0) await redis.srem(UNSHOWN_KEY, ...done);
        return open;
      }),
    output: (jobId, step) => ask(async () => (await redis.hget(outputKey(jobId), step)) ?? undefined),
    watch: runs.watch,
    audit: createAudit(redis, ask),
    locks: createLocks(redis, ask),
    runbooks: createRunbookRuns(redis, ask, () => openPatient(redisUrl)),
    windows: createWindows(redis, ask),
    intended: () => ask(() => readIntentions(redis)),
    schedules: () => ask(() => readSchedules(recurring)),
    workers: () => present(),
    ping: () => ask(() => redis.ping()).then(() => undefined),
    counts: () => ask(() => countJobs(queueOf, targets)),
    async close() {
      events.close();
      await Promise.all([...queues.values(), recurring].map((queue) => queue.close().catch(() => undefined)));
      redis.disconnect();
    },
  };
}
