import { type AuditEntry, auditLine } from '../core/audit.ts';
import { EXIT, OpsError } from '../core/errors.ts';
import type { CommandContext, Parsed, Reply } from './command.ts';

/**
 * Runs a command and puts on record who said it and what it led to, when it changes something or was refused. What
 * only looks leaves no entry. An entry that cannot be written does not undo what was done.
 */
export async function audited(parsed: Parsed, context: CommandContext): Promise<Reply> {
  try {
    const reply = await parsed.run(context);
    await record(parsed, context, outcomeOf(reply));
    return reply;
  } catch (error) {
    if (error instanceof OpsError && error.exitCode === EXIT.refused)
      await record(parsed, context, `refused: ${error.message}`);
    throw error;
  }
}

/** What a reply says of a change; undefined for an answer to a question. */
function outcomeOf(reply: Reply): string | undefined {
  switch (reply.kind) {
    case 'run':
      return 'queued';
    case 'busy':
      return `refused: job ${reply.job.state.jobId} of ${reply.job.state.caller.name} holds the target`;
    case 'problem':
      return `refused: ${reply.problem.message}`;
    case 'text':
      return reply.text;
    default:
      return undefined;
  }
}

async function record(parsed: Parsed, context: CommandContext, outcome: string | undefined): Promise<void> {
  if (outcome === undefined) return;
  const { command, input } = parsed;
  const { caller, jobs, now } = context;
  const text = (key: string) => (typeof input[key] === 'string' ? input[key] : undefined);
  try {
    const jobId = text('job');
    const job = jobId === undefined ? undefined : await jobs.find(jobId.toLowerCase());
    const site = text('site') ?? job?.state.request.site;
    const deployment = text('deployment') ?? job?.state.request.deployment;
    const { site: _site, deployment: _deployment, job: _job, ...rest } = input;
    const details = Object.entries(rest)
      .filter(([, value]) => value !== false)
      .map(([key, value]) => `${key} ${String(value)}`);
    const entry: AuditEntry = {
      at: now(),
      who: caller,
      kind: 'said',
      what: command,
      ...(site === undefined ? {} : { site }),
      ...(deployment === undefined ? {} : { deployment }),
      ...(jobId === undefined ? {} : { jobId }),
      outcome: auditLine(outcome),
      ...(details.length === 0 ? {} : { details: auditLine(details.join(', ')) }),
    };
    await jobs.audit.append(entry);
  } catch {
    // Redis went away after the answer: the run itself is on record with its caller, from its worker.
  }
}
