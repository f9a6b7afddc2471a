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
  flags: [],
  examples: ['retry 20261122-143015-rs7f3k'],
  schema: z.strictObject({ job: z.string().regex(/^[a-z0-9-]{1,64}$/i, 'expected the id of a job') }),
  async run({ job: typed }, context) {
    const jobId = typed.toLowerCase();
    const known = await context.jobs.find(jobId);
    if (known === undefined) throw new OpsError('job.unknown', `no job has the id ${jobId}`);
    const { request, status, release } = known.state;
    requireRight(context, rightFor(request.action), request.site, request.deployment);
    if (!isFinal(known.state))
      throw new OpsError('refused.busy', `job ${jobId} has not ended: it is ${status}`, {
        next: 'Follow its message, or cancel it first.',
      });
    if (status === 'succeeded' || request.dryRun)
      throw new OpsError('job.ended', `job ${jobId} has succeeded: there is nothing to go on from`);
    // A person asks now, with a person's rights and approvals.
    const { automaticAfter: _unasked, ...asked } = request;
    const again: ActionRequest = {
      ...asked,
      retryOf: jobId,
      ...(request.action === 'rollback' && release !== undefined ? { undo: release } : {}),
    };
    return submit(context, again);
  },
});
