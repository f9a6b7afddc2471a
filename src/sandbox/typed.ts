import { setTimeout as delay } from 'node:timers/promises';
import { EXIT } from '../core/errors.ts';
import { isFinal, type RunState } from '../core/run.ts';
import type { JobView } from '../queue/api.ts';
import type { RedisJobs } from '../queue/jobs.ts';
import { markOf } from '../slack/blocks/outcome.ts';
import { channelText } from './channel-text.ts';
import { namesOf, type Product } from './product.ts';
import type { SentMessage } from './slack/record.ts';

/** What came of a command. */
export interface Outcome {
  /** What can be read in the end: the channel's message when there is one, else the answer to the caller. */
  readonly shown: string;
  /** What the caller was told at first. */
  readonly answer: string;
  readonly succeeded: boolean;
  /** The run it started, at its end. */
  readonly state?: RunState;
  readonly message?: SentMessage;
}

/** Types a command as a person and waits for its end; the first of the people when none is named. */
export async function typed(product: Product, text: string, user?: string): Promise<Outcome> {
  const { slack, jobs } = product;
  const known = new Set((await jobs.list({ limit: 50 })).map(({ state }) => state.jobId));
  const delivered = await slack.command({
    text: withoutSlash(text),
    ...(user === undefined ? {} : { user }),
  });
  if (delivered.status !== 200) {
    const refusal = `the bot answered ${delivered.status} ${delivered.body}`;
    return { shown: refusal, answer: refusal, succeeded: false };
  }
  const reply = await delivered.first;
  const answer = channelText(reply.blocks, namesOf(product)) || reply.text;
  const submitted = (await jobs.list({ limit: 50 })).find(({ state }) => !known.has(state.jobId));
  if (submitted === undefined)
    return { shown: answer, answer, succeeded: markOf(reply.blocks) === EXIT.done };
  const { state, message: ref } = await lastShown(jobs, submitted.state.jobId);
  const message = slack.record.all().find(({ ts }) => ts === ref?.ts);
  const shown = message === undefined ? '' : channelText(message.blocks, namesOf(product)) || message.text;
  return {
    shown,
    answer,
    succeeded: state.status === 'succeeded',
    state,
    ...(message === undefined ? {} : { message }),
  };
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
