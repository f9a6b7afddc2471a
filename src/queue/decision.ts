import type { Job } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Decision } from '../core/approval.ts';
import { OpsError } from '../core/errors.ts';
import type { RunState } from '../core/run.ts';
import { isCancelWanted } from './cancel.ts';
import {
  AWAITING_KEY,
  DECISION_TTL_SEC,
  decisionKey,
  deduplicationId,
  holderKey,
  type TargetName,
} from './names.ts';
import { decisionSchema } from './state-schema.ts';

/** BullMQ's code for a job that is not in the state it would have to be in. */
const NOT_DELAYED = -3;

/** What was said to one plan of a job. */
export async function readDecision(
  redis: Redis,
  jobId: string,
  planHash: string,
): Promise<Decision | undefined> {
  const text = await redis.get(decisionKey(jobId, planHash));
  return text === null ? undefined : decisionIn(text);
}

/**
 * Puts a decision on record, unless there is one already.
 * @returns the one that counts, and whether it is this one
 */
export async function writeDecision(
  redis: Redis,
  jobId: string,
  planHash: string,
  decision: Decision,
): Promise<{ first: boolean; decision: Decision }> {
  const key = decisionKey(jobId, planHash);
  const set = await redis.set(key, JSON.stringify(decision), 'EX', DECISION_TTL_SEC, 'NX');
  if (set === 'OK') return { first: true, decision };
  return { first: false, decision: (await readDecision(redis, jobId, planHash)) ?? decision };
}

/**
 * The plan of a run that somebody decides on.
 * @throws OpsError('refused.approval') when the run does not wait, has another plan, or its time is over
 */
export function planAwaiting(state: RunState, planHash: string | undefined, now: number): string {
  const { jobId, approval, status } = state;
  if (status !== 'awaiting' || approval === undefined) {
    const { decision } = approval ?? {};
    const who = decision === undefined ? '' : `; ${decision.by.name} has ${decision.verdict} it`;
    throw new OpsError('refused.approval', `job ${jobId} does not wait for approval: it is ${status}${who}`, {
      next: 'Type `/jaws jobs` to see what waits.',
    });
  }
  if (planHash !== undefined && (planHash === '' || !approval.hash.startsWith(planHash)))
    throw new OpsError(
      'refused.approval',
      `job ${jobId}: the plan has changed since; got ${planHash.slice(0, 12)}, expected ${approval.hash.slice(0, 12)}`,
      { next: 'Read the new plan in the message of the job, then decide on that.' },
    );
  if (now >= approval.until)
    throw new OpsError('refused.approval', `job ${jobId}: nobody approved it in time`);
  return approval.hash;
}

/**
 * Puts a job aside until somebody decides or its time is over. Other actions on its target are let in meanwhile: a
 * restart in an emergency must not wait for a deploy that nobody has approved.
 */
export async function park(redis: Redis, job: Job, token: string, state: RunState): Promise<void> {
  const { jobId, target, approval } = state;
  if (approval === undefined) throw new OpsError('internal', `job ${jobId} waits for no approval`);
  await redis.hset(AWAITING_KEY, target, jobId);
  await job.removeDeduplicationKey();
  await job.moveToDelayed(approval.until, token);
  // Somebody may have decided, or cancelled it, before the job was where that can wake it.
  const decided = (await readDecision(redis, jobId, approval.hash)) !== undefined;
  if (decided || (await isCancelWanted(redis, jobId))) await wake(job);
}

/**
 * Takes the target again for a job that was put aside, as far as nobody else has it. In one step: a worker that slept
 * between two would take it for a job that another one has ended meanwhile, and nobody would give it back.
 */
export async function unpark(redis: Redis, job: Pick<Job, 'id'>, target: TargetName): Promise<void> {
  await redis.eval(UNPARK, 2, AWAITING_KEY, holderKey(target), deduplicationId(target), job.id ?? '');
}

const UNPARK = `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return end
redis.call('SET', KEYS[2], ARGV[2], 'NX')
redis.call('HDEL', KEYS[1], ARGV[1])`;

/** Lets a job that was put aside be taken up; does nothing to one that is not. */
export async function wake(job: Job): Promise<void> {
  await job.promote().catch((error: unknown) => {
    if (Reflect.get(Object(error), 'code') !== NOT_DELAYED) throw error;
  });
}

function decisionIn(text: string): Decision | undefined {
  try {
    return decisionSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
