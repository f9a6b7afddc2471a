import { z } from 'zod';
import { OpsError } from '../core/errors.ts';
import type { RunState } from '../core/run.ts';
import { DEPLOYMENTS } from '../core/target.ts';
import { zoned } from '../core/zone.ts';
import type { AuditFilter } from '../queue/audit.ts';
import type { CommandContext } from './command.ts';
import { defineCommand } from './define.ts';
import { auditExport, auditReport } from './history-audit.ts';
import { offered, refusal } from './rights.ts';
import { instantMeant } from './since.ts';
import { DEPLOYMENT, SITE } from './slots.ts';
import { cause, duration, RUN_WORDS } from './wording.ts';

/** As many as one table of Slack shows well. */
const SHOWN = 25;

const input = z.strictObject({
  site: z.string().exactOptional(),
  deployment: z.enum(DEPLOYMENTS).exactOptional(),
  audit: z.boolean().default(false),
  json: z.boolean().default(false),
  since: z.string().exactOptional(),
  until: z.string().exactOptional(),
});

/** Who did what, from the jobs on record. */
export const history = defineCommand({
  name: 'history',
  summary: 'who did what, with which version and result, newest first',
  right: 'read',
  slots: [
    { ...SITE, required: false, extra: ['all'], about: 'a site; all of them when left out' },
    { ...DEPLOYMENT, required: false, about: 'a deployment; all of them when left out' },
  ],
  flags: [
    {
      name: 'audit',
      key: 'audit',
      about: 'everything that was said and done: requests, refusals, approvals, locks, steps, results',
    },
    { name: 'json', key: 'json', about: 'with --audit: every entry as data; in Slack as a file' },
    {
      name: 'since',
      key: 'since',
      value: 'TIME',
      about: 'with --audit: from then on, e.g. 12h, 30d, 2026-11-01; in the zone of the site, else UTC',
    },
    { name: 'until', key: 'until', value: 'TIME', about: 'with --audit: until then, a day included' },
  ],
  examples: [
    'history',
    'history aws',
    'history perlmutter prod',
    'history --audit aws',
    'history --audit --since 30d --json',
  ],
  schema: input,
  async run(wish, context) {
    const { directory, caller, jobs } = context;
    const site = wish.site === 'all' ? undefined : wish.site;
    const where = [site ?? 'all sites', ...(wish.deployment === undefined ? [] : [wish.deployment])].join(
      ' ',
    );
    const filter = {
      ...(site === undefined ? {} : { site }),
      ...(wish.deployment === undefined ? {} : { deployment: wish.deployment }),
    };
    if (!offered(history, caller, directory))
      throw refusal(context, 'read', { ...directory, where: 'any of the targets asked for' });
    if (wish.audit) {
      const meant = {
        ...filter,
        ...timesOf(wish, context, site === undefined ? 'UTC' : directory.timezone(site)),
      };
      return wish.json ? auditExport(context, where, meant) : auditReport(context, where, meant);
    }
    if (wish.since !== undefined || wish.until !== undefined)
      throw new OpsError('usage.flag', '--since and --until go with --audit');
    const listed = await jobs.list({
      limit: SHOWN,
      ...filter,
    });
    const states = listed
      .map(({ state }) => state)
      .filter(({ request }) => directory.may(caller, 'read', request.site, request.deployment));
    return {
      kind: 'report',
      report: {
        title:
          states.length === 0
            ? `History of ${where}: nothing is on record`
            : `History of ${where}: the last ${states.length}`,
        ...(states.length === 0
          ? {}
          : {
              tables: [
                {
                  head: ['When', 'Who', 'What', 'Target', 'Version', 'Result', 'Took', 'Why'],
                  rows: states.map((state) => rowOf(state, directory.timezone(state.request.site))),
                },
              ],
            }),
      },
    };
  },
});

function timesOf(
  { since, until }: z.output<typeof input>,
  { now }: CommandContext,
  zone: string,
): Pick<AuditFilter, 'since' | 'until'> {
  const at = { zone, now: now() };
  return {
    ...(since === undefined ? {} : { since: instantMeant('since', since, { ...at, day: 'start' }) }),
    ...(until === undefined ? {} : { until: instantMeant('until', until, { ...at, day: 'end' }) }),
  };
}

function rowOf(state: RunState, timezone: string): readonly string[] {
  const { request, caller, startedAt, finishedAt } = state;
  const took = startedAt === undefined || finishedAt === undefined ? '–' : duration(finishedAt - startedAt);
  const what = [request.action, ...(request.service === undefined ? [] : [request.service])].join(' ');
  return [
    zoned(state.queuedAt, timezone),
    caller.name,
    request.dryRun ? `${what} (dry run)` : what,
    state.target,
    state.version || request.version || '–',
    RUN_WORDS[state.status],
    took,
    cause(state)?.message ?? request.reason ?? '–',
  ];
}
