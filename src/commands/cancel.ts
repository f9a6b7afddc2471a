import { z } from 'zod';
import { defineCommand } from './define.ts';
import { requireRight, rightFor } from './rights.ts';
import { JOB } from './slots.ts';
import { headline } from './wording.ts';

/** Ends a run: what it started at the site is ended and verified gone, the lock is released. */
export const cancel = defineCommand({
  name: 'cancel',
  summary: 'end a running or waiting job',
  right: 'operate',
  slots: [JOB],
  flags: [],
  examples: ['cancel 20261122-143015-rs7f3k'],
  schema: z.strictObject({ job: z.string().regex(/^[a-z0-9-]{1,64}$/i, 'expected the id of a job') }),
  async run({ job: typed }, context) {
    const jobId = typed.toLowerCase();
    const known = await context.jobs.find(jobId);
    if (known !== undefined) {
      const { request } = known.state;
      requireRight(context, rightFor(request.action), request.site, request.deployment);
    }
    const { state } = await context.jobs.cancel(jobId, context.caller);
    return {
      kind: 'text',
      text: `Job ${jobId} is being cancelled: ${headline(state)}. Its message will tell when it has ended.`,
    };
  },
});
