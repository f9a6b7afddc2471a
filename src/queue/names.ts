import { type TargetId, targetId } from '../core/target.ts';

/**
 * Every name this program uses in Redis. BullMQ forbids `:` in queue names and job ids; the site is part of each
 * queue's name, so a worker that serves some sites only can be placed by name.
 */

/** Prefix of every key, BullMQ's own included. */
export const PREFIX = 'jaws-ops';

/** One configured deployment at one site, as far as the queue is concerned. */
export interface TargetName {
  readonly site: string;
  readonly deployment: string;
}

/** Queue of the actions on one target. */
export function runQueue(target: TargetName): string {
  return `run-${targetId(target.site, target.deployment)}`;
}

/** Queue of the read-only questions to one site. */
export function readsQueue(site: string): string {
  return `reads-${site}`;
}

/** Stream in which BullMQ tells what happens in a queue. */
export function eventsKey(queue: string): string {
  return `${PREFIX}:${queue}:events`;
}

/** Hash of one job of one queue, as BullMQ stores it. */
export function bullJobKey(queue: string, jobId: string): string {
  return `${PREFIX}:${queue}:${jobId}`;
}

/** Hash: target of a job, where it is shown and how far. */
export function jobKey(jobId: string): string {
  return `${PREFIX}:job:${jobId}`;
}

/** Hash: step id to the whole output of the step. */
export function outputKey(jobId: string): string {
  return `${PREFIX}:output:${jobId}`;
}

/** Expiring key: who wants a job to be cancelled, as JSON. */
export function cancelKey(jobId: string): string {
  return `${PREFIX}:cancel:${jobId}`;
}

/** Expiring key: what somebody said to one plan of a job, as JSON. The first word counts. */
export function decisionKey(jobId: string, planHash: string): string {
  return `${PREFIX}:decision:${jobId}:${planHash}`;
}

/** Hash: target to the job that waits there for a second person. */
export const AWAITING_KEY = `${PREFIX}:awaiting`;

/** How long a decision is kept, in seconds: longer than any request may wait for one. */
export const DECISION_TTL_SEC = 30 * 24 * 3600;

/** Hash: what is locked to the lock as JSON. */
export const LOCKS_KEY = `${PREFIX}:locks`;

/** Hash: what is to be said of locks, as JSON. */
export const LOCK_NEWS_KEY = `${PREFIX}:lock-news`;

/** Hash: who wants to be told when a target is free, as JSON. */
export const LOCK_WISHES_KEY = `${PREFIX}:lock-wishes`;

/** Stream: who said and did what. Entries are added, and taken out by their age alone. */
export const AUDIT_KEY = `${PREFIX}:audit`;

/** Channel on which workers hear the ids of jobs to cancel. */
export const CANCEL_CHANNEL = `${PREFIX}:cancel`;

/** How long a wish to cancel is kept for a worker that is not there yet, in seconds. */
export const CANCEL_TTL_SEC = 24 * 3600;

/** Expiring key that tells the first of several equal events. */
export function onceKey(key: string): string {
  return `${PREFIX}:once:${key}`;
}

/** Set of the ids of jobs whose message may not show their last state yet. */
export const UNSHOWN_KEY = `${PREFIX}:unshown`;

/** Set: names of the worker processes that are there, or were until they went without a word. */
export const WORKERS_KEY = `${PREFIX}:workers`;

/** Expiring key that says that a worker process is there: the sites it serves, as JSON. */
export function workerKey(worker: string): string {
  return `${PREFIX}:worker:${worker}`;
}

/** Expiring sorted set, empty but for a moment: a process calls itself from its wait for jobs. */
export function callKey(worker: string, group: number): string {
  return `${PREFIX}:call:${worker}:${group}`;
}

/** Queue of what recurs. */
export const SCHEDULES_QUEUE = 'schedules';

/** Hash: id of a maintenance window to the window as JSON. */
export const WINDOWS_KEY = `${PREFIX}:windows`;

/** Hash: key of a reminder that was given to the time it was. */
export const SAID_KEY = `${PREFIX}:said`;

/** Hash: what is to be done at a site after its maintenance, as JSON. */
export const FOLLOWUPS_KEY = `${PREFIX}:follow-ups`;

/** Hash: target to what is intended for it, as JSON. */
export const INTENDED_KEY = `${PREFIX}:intended`;

/** Hash of one run of a runbook: the run as JSON, its `seq`, where it is shown and how far. */
export function runbookKey(id: string): string {
  return `${PREFIX}:runbook:${id}`;
}

/** Expiring key: which process carries a run of a runbook on. */
export function runbookHolderKey(id: string): string {
  return `${PREFIX}:runbook-holder:${id}`;
}

/** Sorted set of the ids of all runs of runbooks, by the time they began. */
export const RUNBOOKS_KEY = `${PREFIX}:runbooks`;

/** Hash: runbook and site to the id of the run of it that is not over. */
export const LIVE_RUNBOOKS_KEY = `${PREFIX}:runbooks-live`;
/** Set of the ids of runs whose message may not show their last state yet. */
export const UNSHOWN_RUNBOOKS_KEY = `${PREFIX}:runbooks-unshown`;

/** Channel on which a run of a runbook is told after each change, as JSON. */
export const RUNBOOKS_CHANNEL = `${PREFIX}:runbooks`;

/** Identifier under which a target's queue refuses a second job. */
export function deduplicationId(target: TargetName): TargetId {
  return targetId(target.site, target.deployment);
}

/** Key under which BullMQ keeps the id of the job that holds a target; it removes it at the end of that job. */
export function holderKey(target: TargetName): string {
  return `${PREFIX}:${runQueue(target)}:de:${deduplicationId(target)}`;
}

/** How long a worker counts as present after its last sign of life, in milliseconds. */
export const WORKER_TTL_MS = 30_000;
/** How long outputs of steps are kept, in seconds. */
export const OUTPUT_TTL_SEC = 7 * 24 * 3600;
/** How long it is remembered where a job is shown, in seconds. */
export const JOB_TTL_SEC = 90 * 24 * 3600;
/** Ended jobs kept per target for `jobs` and `history`. */
export const KEPT_JOBS = 200;
/** Events kept per queue, roughly; each may carry a whole snapshot, and only the newest of a job matters. */
export const KEPT_EVENTS = 500;
