import type { ActionRequest } from '../core/request.ts';
import type { CommandContext, Reply } from './command.ts';

/** Queues an action: the answer is its live message, or who holds the target. */
export async function submit(context: CommandContext, request: ActionRequest): Promise<Reply> {
  const submitted = await context.jobs.submit(request, context.caller);
  if (submitted.kind === 'busy') return submitted;
  return { kind: 'run', state: submitted.job.state, channel: context.directory.channel(request.site) };
}
