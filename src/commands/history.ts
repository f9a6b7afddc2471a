import { z } from 'zod';
import { OpsError } from '../core/errors.ts';
import type { RunState } from '../core/run.ts';
import { DEPLOYMENTS } from '../core/target.ts';
import { zoned } from '../core/zone.ts';
import { defineCommand } from './define.ts';
import { auditReport } from './history-audit.ts';
import { offered } from './rights.ts';
import { DEPLOYMENT, SITE } from './slots.ts';
import { cause, duration, RUN_WORDS } from './wording.ts';

/** As many as one table of Slack shows well. */
const SHOWN = 25;

const input = z.strictObject({
  site: z.string().exactOptional(),
  deployment: z.enum(DEPLOYMENTS).exactOptional(),
  audit: z.boolean().default(false),
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
  ],
  examples: ['history', 'history aws', 'history perlmutter prod', 'history --audit aws'],
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
      throw new OpsError('refused.permission', `${caller.name} may not read any of the targets asked for`);
    if (wish.audit) return { kind: 'report', report: await auditReport(context, where, filter) };
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
