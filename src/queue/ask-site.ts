import type { Queue } from 'bullmq';
import { z } from 'zod';
import type { StatusRequest } from '../core/request.ts';
import type { TargetStatus } from '../core/service.ts';
import type { Ask } from './connection.ts';
import type { Events, QueueEvent } from './events.ts';
import { newJobId } from './job-id.ts';
import { readsQueue, type TargetName } from './names.ts';
import type { StatusJob } from './schema.ts';
import { targetStatusSchema } from './state-schema.ts';

/** What is needed to ask a site's worker. */
export interface AskSiteParts {
  readonly ask: Ask;
  readonly events: Events;
  readonly targets: readonly TargetName[];
  queue(site: string): Queue;
  /** Whether a worker of the site has been seen lately. */
  hasWorker(site: string): Promise<boolean>;
  now(): number;
}

/**
 * Asks the worker of a site how its targets are; one answer per deployment asked for, in the order of the
 * configuration. What nobody answers in time is `unknown`, with the reason.
 */
export async function askSite(
  parts: AskSiteParts,
  request: StatusRequest,
  timeoutMs: number,
): Promise<readonly TargetStatus[]> {
  const { site, deployment } = request;
  const wanted = parts.targets.filter(
    (target) => target.site === site && (deployment === undefined || target.deployment === deployment),
  );
  const unknown = (detail: string): TargetStatus[] =>
    wanted.map((target) => ({
      ...target,
      condition: 'unknown',
      services: [],
      detail,
      observedAt: parts.now(),
    }));
  if (wanted.length === 0) return [];
  if (!(await parts.hasWorker(site))) return unknown(`no worker is running for site ${site}`);

  const answer = await answerOf(parts, request, timeoutMs);
  if ('failure' in answer) return unknown(answer.failure);
  return unknown(`the worker of site ${site} said nothing about it`).map(
    (blank) => answer.statuses.find((status) => status.deployment === blank.deployment) ?? blank,
  );
}

type Answer = { readonly statuses: readonly TargetStatus[] } | { readonly failure: string };

async function answerOf(parts: AskSiteParts, request: StatusRequest, timeoutMs: number): Promise<Answer> {
  const { site } = request;
  const jobId = newJobId(parts.now());
  const data: StatusJob = { request, timeoutMs };
  let settle: (answer: Answer) => void = () => undefined;
  const answered = new Promise<Answer>((resolve) => {
    settle = resolve;
  });
  // Listening begins before the question is put, so that no answer is too quick to be heard.
  const stop = await parts.events.listen((event) => {
    if (event.queue !== readsQueue(site) || event.jobId !== jobId) return;
    const answer = answerIn(event, site);
    if (answer) settle(answer);
  });
  const timer = setTimeout(
    () => settle({ failure: `the worker of site ${site} did not answer within ${timeoutMs / 1000} s` }),
    timeoutMs,
  );
  try {
    const options = { jobId, removeOnComplete: true, removeOnFail: true };
    const job = await parts.ask(() => parts.queue(site).add('status', data, options));
    const answer = await answered;
    // Nobody waits for it any more: a worker that comes to it later need not ask the site.
    if ('failure' in answer) await parts.ask(() => job.remove()).catch(() => undefined);
    return answer;
  } finally {
    clearTimeout(timer);
    stop();
  }
}

function answerIn(event: QueueEvent, site: string): Answer | undefined {
  if (event.event === 'failed') return { failure: event.fields.get('failedReason') ?? 'the worker failed' };
  if (event.event !== 'completed') return undefined;
  try {
    const value: unknown = JSON.parse(event.fields.get('returnvalue') ?? '');
    return { statuses: z.array(targetStatusSchema).parse(value) };
  } catch {
    return { failure: `the worker of site ${site} gave an answer that this version cannot read` };
  }
}
