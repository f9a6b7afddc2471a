import { setTimeout as delay } from 'node:timers/promises';
import { EXIT } from '../core/errors.ts';
import { isFinal, type RunState } from '../core/run.ts';
import type { JobView } from '../queue/api.ts';
import type { RedisJobs } from '../queue/jobs.ts';
import { isRunbookOver, type RunbookRun } from '../runbooks/run.ts';
import { markOf } from '../slack/blocks/outcome.ts';
import { channelText } from './channel-text.ts';
import { namesOf, PEOPLE, type Product } from './product.ts';
import type { EphemeralReply, SentMessage } from './slack/record.ts';

/** What came of a command. */
export interface Outcome {
  /**
   * What can be read in the end: the channel's message when there is one, else the answer to the caller. Before it
   * what was approved, and by whom, where the run needed a second person.
   */
  readonly shown: string;
  /** What the caller was told at first. */
  readonly answer: string;
  readonly succeeded: boolean;
  /** The run it started, at its end. */
  readonly state?: RunState;
  /** The run of a runbook that it began or moved on, at its end or at its next question. */
  readonly run?: RunbookRun;
  readonly message?: SentMessage;
}

/**
 * Types a command as a person and waits for its end; the first of the people when none is named.
 * @param approver who presses *Approve* when the run waits for a second person; without one it waits on
 */
export async function typed(
  product: Product,
  text: string,
  user?: string,
  approver?: string,
): Promise<Outcome> {
  const { slack, jobs } = product;
  const runs = new Map((await jobs.runbooks.list(50)).map(({ id, seq }) => [id, seq]));
  const known = new Set((await jobs.list({ limit: 50 })).map(({ state }) => state.jobId));
  const delivered = await slack.command({
    text: withoutSlash(text),
    ...(user === undefined ? {} : { user }),
  });
  if (delivered.status !== 200) {
    const refusal = `the bot answered ${delivered.status} ${delivered.body}`;
    return { shown: refusal, answer: refusal, succeeded: false };
  }
  const opened = withoutSlash(text) === '' ? [modalOf(product, user ?? PEOPLE[0] ?? '')] : [];
  const reply = await Promise.race([delivered.first, ...opened]);
  const answer = channelText(reply.blocks, namesOf(product)) || reply.text;
  const run = (await jobs.runbooks.list(50)).find(({ id, seq }) => runs.get(id) !== seq);
  if (run !== undefined && (!runs.has(run.id) || text.includes(run.id)))
    return { ...(await runbookShown(product, run.id, approver)), answer };
  const submitted = (await jobs.list({ limit: 50 })).find(({ state }) => !known.has(state.jobId));
  if (submitted === undefined)
    return { shown: answer, answer, succeeded: markOf(reply.blocks) === EXIT.done };
  const { jobId } = submitted.state;
  const approvals = approver === undefined ? [] : await approveAll(product, jobId, approver);
  const { state, message: ref } = await lastShown(jobs, jobId);
  const message = messageOf(product, ref?.ts);
  return {
    shown: [...approvals, message === undefined ? '' : textOf(product, message)].join('\n\n'),
    answer,
    succeeded: state.status === 'succeeded',
    state,
    ...(message === undefined ? {} : { message }),
  };
}

/** The modal of a person (a name) as soon as it is open. */
function modalOf({ slack }: Product, user: string): Promise<EphemeralReply> {
  return new Promise((resolve) => {
    const look = () => {
      const view = slack.views.modal(slack.users[user] ?? user);
      if (view === undefined) return;
      stop();
      resolve({ text: view.title, blocks: view.blocks });
    };
    const stop = slack.views.watch(look);
    look();
  });
}

/**
 * Presses *Approve* as often as a run asks for it, until it has ended.
 * @returns what was to be read each time, and what the answer was
 */
async function approveAll(product: Product, jobId: string, approver: string): Promise<readonly string[]> {
  const told: string[] = [];
  let pressed = '';
  for (;;) {
    const job = await product.jobs.find(jobId);
    if (job !== undefined && isFinal(job.state)) return told;
    const { approval, status, seq } = job?.state ?? {};
    const message = messageOf(product, job?.message?.ts);
    const shown = seq !== undefined && (job?.shownSeq ?? -1) >= seq;
    if (status === 'awaiting' && approval?.hash !== pressed && message !== undefined && shown) {
      pressed = approval?.hash ?? '';
      const click = await product.slack.click(message, 'Approve', approver);
      const { blocks, text } = await click.first;
      const answer = channelText(blocks, namesOf(product)) || text;
      told.push(`${textOf(product, message)}\n── ${approver} presses Approve ──\n${answer}`);
    }
    await delay(100);
  }
}

function messageOf({ slack }: Product, ts: string | undefined): SentMessage | undefined {
  return slack.record.all().find((message) => message.ts === ts);
}

function textOf(product: Product, message: SentMessage): string {
  return channelText(message.blocks, namesOf(product)) || message.text;
}

/**
 * A run of a runbook once it is over or waits for an answer, and its message shows that.
 * @param approver who presses *Approve* when one of its jobs waits for a second person
 */
export async function runbookShown(product: Product, id: string, approver?: string): Promise<Outcome> {
  const approved: string[] = [];
  for (;;) {
    const view = await product.jobs.runbooks.find(id);
    const job = view?.run.steps.find(({ status, queued }) => status === 'running' && queued === true)?.jobId;
    if (job !== undefined && approver !== undefined)
      approved.push(...(await approveAll(product, job, approver)));
    const settled = view !== undefined && (isRunbookOver(view.run) || view.run.status === 'waiting');
    if (settled && (view.shownSeq ?? -1) >= view.run.seq) {
      const message = messageOf(product, view.message?.ts);
      const shown = [...approved, message === undefined ? '' : textOf(product, message)].join('\n\n');
      return {
        shown,
        answer: shown,
        succeeded: view.run.status === 'succeeded' || view.run.status === 'waiting',
        run: view.run,
        ...(message === undefined ? {} : { message }),
      };
    }
    await delay(100);
  }
}

/** `/jaws status` and `status` are the same command. */
export function withoutSlash(text: string): string {
  return text.trim().replace(/^\/jaws(\s+|$)/, '');
}

/** The job once it has ended and its message shows the end. */
export async function lastShown(jobs: RedisJobs, jobId: string): Promise<JobView> {
  for (;;) {
    const job = await jobs.find(jobId);
    if (job !== undefined && isFinal(job.state) && (job.shownSeq ?? -1) >= job.state.seq) return job;
    await delay(100);
  }
}
