import { z } from 'zod';
import { OpsError } from '../core/errors.ts';
import type { ActionRequest } from '../core/request.ts';
import { isFinal } from '../core/run.ts';
import { defineCommand } from './define.ts';
import { requireRight, rightFor } from './rights.ts';
import { JOB } from './slots.ts';
import { submit } from './submit.ts';

/** Goes on from the step in which a run failed. */
export const retry = defineCommand({
  name: 'retry',
  summary: 'go on from the step in which a job failed or was cancelled',
  right: 'operate',
  slots: [JOB],
  flags: [
    {
      name: 'treat-as-failed',
      key: 'treatAsFailed',
      about:
        'do a step again of which nobody can know how it ended; needs the right "deploy", on record here and at the site',
    },
  ],
  examples: ['retry 20261122-143015-rs7f3k', 'retry 20261122-143015-rs7f3k --treat-as-failed'],
  schema: z.strictObject({
    job: z.string().regex(/^[a-z0-9-]{1,64}$/i, 'expected the id of a job'),
    treatAsFailed: z.boolean().default(false),
  }),
  async run({ job: typed, treatAsFailed }, context) {
    const jobId = typed.toLowerCase();
    const known = await context.jobs.find(jobId);
    if (known === undefined) throw new OpsError('job.unknown', `no job has the id ${jobId}`);
    const { request, status, release } = known.state;
    requireRight(context, rightFor(request.action), request.site, request.deployment);
    if (treatAsFailed) requireRight(context, 'deploy', request.site, request.deployment);
    if (!isFinal(known.state))
      throw new OpsError('refused.busy', `job ${jobId} has not ended: it is ${status}`, {
        next: 'Follow its message, or cancel it first.',
      });
    if (status === 'succeeded' || request.dryRun)
      throw new OpsError('job.ended', `job ${jobId} has succeeded: there is nothing to go on from`);
    // A person asks now, with a person's rights and approvals.
    const { automaticAfter: _unasked, treatAsFailed: _decided, ...asked } = request;
    const again: ActionRequest = {
      ...asked,
      retryOf: jobId,
      ...(treatAsFailed ? { treatAsFailed } : {}),
      ...(request.action === 'rollback' && release !== undefined ? { undo: release } : {}),
    };
    return submit(context, again);
  },
});
