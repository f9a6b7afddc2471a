import { z } from 'zod';
import type { Decision } from '../core/approval.ts';
import { OpsError } from '../core/errors.ts';
import type { RunState } from '../core/run.ts';
import type { Command, CommandContext, Reply } from './command.ts';
import { defineCommand } from './define.ts';
import { REASON } from './flags.ts';
import { requireRight } from './rights.ts';
import { JOB } from './slots.ts';
import { headline } from './wording.ts';

function deciding(options: {
  readonly name: string;
  readonly verdict: Decision['verdict'];
  readonly summary: string;
  allow(context: CommandContext, state: RunState): void;
}): Command {
  const { name, verdict, allow } = options;
  return defineCommand({
    name,
    summary: options.summary,
    right: 'approve',
    slots: [JOB],
    flags: [
      {
        name: 'plan',
        key: 'plan',
        value: 'HASH',
        about: 'the plan meant, by the beginning of its hash; the newest one when left out',
      },
      REASON,
    ],
    examples: [`${name} 20261122-143015-rs7f3k`],
    schema: z.strictObject({
      job: z.string().regex(/^[a-z0-9-]{1,64}$/i, 'expected the id of a job'),
      plan: z
        .string()
        .regex(/^[0-9a-f]{6,64}$/, 'expected the hash of a plan')
        .exactOptional(),
      reason: z.string().exactOptional(),
    }),
    async run({ job: typed, plan, reason }, context) {
      const jobId = typed.toLowerCase();
      const known = await context.jobs.find(jobId);
      if (known === undefined) throw new OpsError('job.unknown', `no job has the id ${jobId}`);
      allow(context, known.state);
      const decision: Decision = {
        verdict,
        by: context.caller,
        at: context.now(),
        ...(reason === undefined ? {} : { reason }),
      };
      return answerTo(await context.jobs.decide(jobId, decision, plan), context);
    },
  });
}

function answerTo(
  { first, decision, job }: Awaited<ReturnType<CommandContext['jobs']['decide']>>,
  { caller, directory }: CommandContext,
): Reply {
  const { jobId, request } = job.state;
  const what = headline({ ...job.state, status: 'queued' });
  const where = directory.channel(request.site);
  if (!first && decision.by.id !== caller.id)
    return {
      kind: 'problem',
      problem: new OpsError(
        'refused.approval',
        `job ${jobId}: ${decision.by.name} was first and has ${decision.verdict} it`,
        { next: `Its message in ${where} shows what comes of it.` },
      ).problem,
    };
  return {
    kind: 'text',
    text:
      decision.verdict === 'approved'
        ? `Approved job ${jobId}: ${what}. It is shown in ${where}.`
        : `Rejected job ${jobId}. Nothing was changed at ${request.site}.`,
  };
}

/** Lets a run go on whose plan waits for a second person. */
export const approve = deciding({
  name: 'approve',
  verdict: 'approved',
  summary: "let a job go on that waits for a second person; not one's own",
  allow(context, { request, caller }) {
    requireRight(context, 'approve', request.site, request.deployment);
    if (!context.directory.isSamePerson(caller, context.caller)) return;
    throw new OpsError(
      'refused.approval',
      `${context.caller.name} has asked for this and cannot approve it as well`,
      { next: 'Have somebody else with the right "approve" look at the plan.' },
    );
  },
});

/** Ends a run whose plan waits for a second person. */
export const reject = deciding({
  name: 'reject',
  verdict: 'rejected',
  summary: 'end a job that waits for a second person; nothing is changed',
  allow(context, { request, caller }) {
    if (context.directory.isSamePerson(caller, context.caller)) return;
    requireRight(context, 'approve', request.site, request.deployment);
  },
});
