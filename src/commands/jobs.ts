import { z } from 'zod';
import type { Report } from '../core/look.ts';
import type { ScheduleView } from '../queue/schedules.ts';
import { defineCommand } from './define.ts';
import { duration } from './wording.ts';

/** As many as fit one Slack message with room for long reasons. */
const SHOWN_JOBS = 15;

/** Lists what runs, what waits and what ended last. */
export const jobs = defineCommand({
  name: 'jobs',
  summary: 'what is running, what waits and what ended last',
  right: 'read',
  slots: [],
  flags: [{ name: 'scheduled', key: 'scheduled', about: 'what recurs, and when it comes next' }],
  examples: ['jobs', 'jobs --scheduled'],
  schema: z.strictObject({ scheduled: z.boolean().default(false) }),
  async run(wish, { jobs: queue, directory, caller, now }) {
    if (wish.scheduled) return { kind: 'report', report: scheduledReport(await queue.schedules(), now()) };
    const listed = await queue.list({ limit: SHOWN_JOBS });
    return {
      kind: 'jobs',
      jobs: listed.filter(({ state: { request } }) =>
        directory.may(caller, 'read', request.site, request.deployment),
      ),
    };
  },
});

function scheduledReport(schedules: readonly ScheduleView[], now: number): Report {
  if (schedules.length === 0)
    return { title: 'Nothing recurs', next: 'The schedules are put up by a bot: is one running?' };
  const sorted = schedules.toSorted((a, b) => (a.nextAt ?? 0) - (b.nextAt ?? 0));
  return {
    title: `${schedules.length} schedules`,
    tables: [
      {
        head: ['Schedule', 'When', 'Next', 'In', 'What'],
        rows: sorted.map(({ id, when, nextAt, title }) => [
          id,
          when,
          nextAt === undefined ? '–' : new Date(nextAt).toISOString().slice(0, 19).replace('T', ' '),
          nextAt === undefined ? '–' : duration(nextAt - now),
          title,
        ]),
      },
    ],
    next: 'Times of the column Next are in UTC.',
  };
}
