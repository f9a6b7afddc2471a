import { z } from 'zod';
import { defineCommand } from './define.ts';

/** As many as fit one Slack message with room for long reasons. */
const SHOWN_JOBS = 15;

/** Lists what runs, what waits and what ended last. */
export const jobs = defineCommand({
  name: 'jobs',
  summary: 'what is running, what waits and what ended last',
  right: 'read',
  slots: [],
  flags: [],
  examples: ['jobs'],
  schema: z.strictObject({}),
  async run(_wish, { jobs: queue, directory, caller }) {
    const listed = await queue.list({ limit: SHOWN_JOBS });
    return {
      kind: 'jobs',
      jobs: listed.filter(({ state: { request } }) =>
        directory.may(caller, 'read', request.site, request.deployment),
      ),
    };
  },
});
