import type { Queue } from 'bullmq';
import { z } from 'zod';
import { OpsError } from '../core/errors.ts';
import type { LookRequest, Report } from '../core/look.ts';
import type { StatusRequest } from '../core/request.ts';
import type { TargetStatus } from '../core/service.ts';
import type { Ask } from './connection.ts';
import type { Events, QueueEvent } from './events.ts';
import { newJobId } from './job-id.ts';
import { readsQueue, type TargetName } from './names.ts';
import { reportSchema } from './report-schema.ts';
import { faultsOf, lookRequestSchema, type ReadsJob } from './schema.ts';
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

const statusesSchema = z.array(targetStatusSchema);

/**
 * Asks the worker of a site how its targets are; one answer per deployment asked for, in the order of the
 * configuration. What nobody answers in time is `unknown`, with the reason.
 */
export async function statusOfSite(
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
  const answer = await answerOf(parts, { request, timeoutMs }, statusesSchema);
  if ('failure' in answer) return unknown(answer.failure);
  return unknown(`the worker of site ${site} said nothing about it`).map(
    (blank) => answer.value.find((status) => status.deployment === blank.deployment) ?? blank,
  );
}

/**
 * Asks the worker of a site anything else. What nobody answers in time is a report with a problem.
 * @throws OpsError usage.argument for a request that is none
 */
export async function lookAtSite(
  parts: AskSiteParts,
  request: LookRequest,
  timeoutMs: number,
): Promise<Report> {
  const parsed = lookRequestSchema.safeParse(request);
  if (!parsed.success) throw new OpsError('usage.argument', faultsOf(parsed.error));
  const answer = await answerOf(parts, { request: parsed.data, timeoutMs }, reportSchema);
  if ('value' in answer) return answer.value;
  const { look, site } = request;
  const { problem } = new OpsError('site.unreachable', answer.failure, {
    next: 'See in the log of the worker that serves this site what it is doing, then ask again.',
  });
  return { title: `${look} at ${site}: no answer`, problem };
}

type Answer<T> = { readonly value: T } | { readonly failure: string };

/** Puts one question into the site's queue and waits for what a worker makes of it. */
async function answerOf<T>(parts: AskSiteParts, data: ReadsJob, schema: z.ZodType<T>): Promise<Answer<T>> {
  const { request, timeoutMs } = data;
  const { site } = request;
  if (!(await parts.hasWorker(site))) return { failure: `no worker is running for site ${site}` };
  const jobId = newJobId(parts.now());
  let settle: (answer: Answer<T>) => void = () => undefined;
  const answered = new Promise<Answer<T>>((resolve) => {
    settle = resolve;
  });
  // Listening begins before the question is put, so that no answer is too quick to be heard.
  const stop = await parts.events.listen((event) => {
    if (event.queue !== readsQueue(site) || event.jobId !== jobId) return;
    const answer = answerIn(event, site, schema);
    if (answer) settle(answer);
  });
  const timer = setTimeout(
    () => settle({ failure: `the worker of site ${site} did not answer within ${timeoutMs / 1000} s` }),
    timeoutMs,
  );
  try {
    const options = { jobId, removeOnComplete: true, removeOnFail: true };
    const job = await parts.ask(() => parts.queue(site).add(request.kind, data, options));
    const answer = await answered;
    // Nobody waits for it any more: a worker that comes to it later need not ask the site.
    if ('failure' in answer) await parts.ask(() => job.remove()).catch(() => undefined);
    return answer;
  } finally {
    clearTimeout(timer);
    stop();
  }
}

function answerIn<T>(event: QueueEvent, site: string, schema: z.ZodType<T>): Answer<T> | undefined {
  if (event.event === 'failed') return { failure: event.fields.get('failedReason') ?? 'the worker failed' };
  if (event.event !== 'completed') return undefined;
  try {
    return { value: schema.parse(JSON.parse(event.fields.get('returnvalue') ?? '')) };
  } catch {
    return { failure: `the worker of site ${site} gave an answer that this version cannot read` };
  }
}
