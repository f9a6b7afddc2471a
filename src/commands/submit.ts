import { OpsError } from '../core/errors.ts';
import { freezeLine } from '../core/freeze.ts';
import { type Lock, lockAgainst, lockLine } from '../core/lock.ts';
import type { ActionRequest } from '../core/request.ts';
import { activeAt, isRefusedInMaintenance, maintenanceLine } from '../core/window.ts';
import type { CommandContext, Reply } from './command.ts';
import { requireRight } from './rights.ts';

/**
 * Queues an action: the answer is its live message, or who holds the target.
 * @param jobId the id that the job gets, by which it is queued once however often it is asked for
 * @throws OpsError refused.maintenance for one that is not done while its site is maintained, refused.permission for an
 *   override by somebody who may not deploy, refused.freeze for one that the policy freezes now
 */
export async function submit(
  context: CommandContext,
  request: ActionRequest,
  jobId?: string,
): Promise<Reply> {
  await refuseInMaintenance(context, request);
  refuseFrozen(context, request);
  const locked = await refusedByLock(context, request);
  if (locked !== undefined) return locked;
  const submitted = await context.jobs.submit(request, context.caller, jobId);
  if (submitted.kind === 'busy') return submitted;
  return { kind: 'run', state: submitted.job.state, channel: context.directory.channel(request.site) };
}

/** The worker judges this again as well. @throws OpsError refused.freeze */
export function refuseFrozen({ directory, now }: CommandContext, request: ActionRequest): void {
  const freeze = request.duringFreeze === undefined ? directory.frozen(request, now()) : undefined;
  if (freeze !== undefined) throw new OpsError('refused.freeze', freezeLine(freeze, request));
}

/** What to answer where somebody else has locked the target; undefined where nobody has. */
export async function refusedByLock(
  context: CommandContext,
  request: ActionRequest,
): Promise<ProblemReply | undefined> {
  const { jobs, caller, directory, now } = context;
  const lock = lockAgainst(await jobs.locks.list(), request, caller, now(), directory.isSamePerson);
  return lock === undefined ? undefined : lockedReply(context, request, lock);
}

type ProblemReply = Extract<Reply, { kind: 'problem' }>;

/** Who has locked the target, why and until when, with the offer to be told when it is free. */
function lockedReply(
  { directory }: CommandContext,
  { site, deployment }: ActionRequest,
  lock: Lock,
): ProblemReply {
  const words = [lock.deployment, lock.site].join(' ');
  const { problem } = new OpsError('refused.lock', lockLine(lock, directory.timezone(site)), {
    next: `Ask ${lock.owner.name}, or end the lock with \`/jaws unlock ${words} --take\`, which the channel is told.`,
  });
  return {
    kind: 'problem',
    problem,
    choices: [
      {
        label: 'Tell me when it is free',
        line: `lock ${deployment} ${site} --tell-me`,
        command: 'lock',
        input: { site, deployment, tellMe: true },
      },
    ],
  };
}

/**
 * The worker judges this again when the job's turn comes; here the caller learns it at once.
 * @throws OpsError refused.maintenance, refused.permission
 */
export async function refuseInMaintenance(context: CommandContext, request: ActionRequest): Promise<void> {
  const { site, deployment, duringMaintenance } = request;
  if (duringMaintenance !== undefined) requireRight(context, 'deploy', site, deployment);
  if (duringMaintenance !== undefined || request.dryRun || !isRefusedInMaintenance(request.action)) return;
  const active = activeAt(await context.jobs.windows.list(), site, context.now());
  if (active === undefined) return;
  throw new OpsError('refused.maintenance', maintenanceLine(site, active, context.directory.timezone(site)));
}
