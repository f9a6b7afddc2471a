import { type Job, UnrecoverableError, WaitingError } from 'bullmq';
import { problemOf } from '../core/errors.ts';
import type { Report } from '../core/look.ts';
import type { StatusRequest } from '../core/request.ts';
import type { TargetStatus } from '../core/service.ts';
import type { Handlers } from './api.ts';
import { interruptReason } from './interrupt.ts';
import { scrubReport } from './report-schema.ts';
import { faultsOf, readsJobSchema } from './schema.ts';
import type { Scrub } from './scrub.ts';

/**
 * Answers one question of a site's reads queue.
 * @throws UnrecoverableError with a message for people when there is no answer
 * @throws WaitingError when the question was left to the next worker
 */
export async function answer(
  handlers: Handlers,
  scrub: Scrub,
  job: Job,
  token: string,
  signal: AbortSignal,
): Promise<readonly TargetStatus[] | Report> {
  const parsed = readsJobSchema.safeParse(job.data);
  if (!parsed.success)
    throw new UnrecoverableError(`question ${job.id} cannot be read: ${faultsOf(parsed.error)}`);
  const { request, timeoutMs } = parsed.data;
  const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    return request.kind === 'look'
      ? scrubReport(await handlers.look(request, limited), scrub)
      : await statuses(handlers, scrub, request, limited);
  } catch (error) {
    const reason = interruptReason(signal);
    if (reason === 'shutdown') await job.moveToWait(token);
    if (reason !== undefined) throw new WaitingError();
    throw new UnrecoverableError(scrub(problemOf(error).message));
  }
}

async function statuses(
  handlers: Handlers,
  scrub: Scrub,
  request: StatusRequest,
  signal: AbortSignal,
): Promise<readonly TargetStatus[]> {
  const found = await handlers.status(request, signal);
  return found.map((status) =>
    status.detail === undefined ? status : { ...status, detail: scrub(status.detail) },
  );
}
