import type { KnownBlock } from '@slack/types';
import type { Reply } from '../../commands/command.ts';
import { exitOf } from '../../commands/outcome.ts';
import { runbookHeadline } from '../../commands/runbook-text.ts';
import { headline, RUN_WORDS } from '../../commands/wording.ts';
import type { Problem } from '../../core/errors.ts';
import type { JobView } from '../../queue/api.ts';
import { choiceBlocks } from './choices.ts';
import { marked } from './outcome.ts';
import { reportBlocks } from './report.ts';
import { RUN_MARKS } from './run.ts';
import { RUNBOOK_MARKS } from './runbook.ts';
import { statusBlocks } from './tables.ts';
import { code, context, escaped, fitting, line, moment, person, type Style, section } from './text.ts';

/** The answer that only the caller sees. Its first block tells programs how it is meant, see {@link marked}. */
export function replyBlocks(reply: Reply, style: Style): KnownBlock[] {
  return marked(plainBlocks(reply, style), exitOf(reply));
}

function plainBlocks(reply: Reply, style: Style): KnownBlock[] {
  switch (reply.kind) {
    case 'text':
      return [section(escaped(reply.text))];
    case 'help':
      return helpBlocks(reply.entries, reply.details ?? []);
    case 'run':
      return [
        section(
          `${RUN_MARKS[reply.state.status]} ${line(headline(reply.state))}. Job ${code(
            reply.state.jobId,
          )} is shown in ${line(reply.channel)}.`,
        ),
      ];
    case 'runbook':
      return [
        section(
          `${RUNBOOK_MARKS[reply.run.status]} ${line(runbookHeadline(reply.run))}. Run ${code(
            reply.run.id,
          )} is shown in ${line(reply.channel)}.`,
        ),
      ];
    case 'busy':
      return busyBlocks(reply.job);
    case 'status':
      return [...statusBlocks(reply.targets, style), ...choiceBlocks(reply.choices ?? [])];
    case 'jobs':
      return jobsBlocks(reply.jobs);
    case 'report':
      return reportBlocks(reply.report, style);
    case 'export':
      return [section(`${line(reply.title)}. It comes as a file in a direct message.`)];
    case 'offer':
      return [...reportBlocks(reply.report, style), ...choiceBlocks(reply.choices)];
    case 'problem':
      return [...problemBlocks(reply.problem), ...choiceBlocks(reply.choices ?? [])];
  }
}

function helpBlocks(
  entries: readonly { readonly usage: string; readonly summary: string }[],
  details: readonly string[],
): KnownBlock[] {
  return fitting([
    () => [
      ...entries.map((entry) => section(`${code(entry.usage, 600)}\n${line(entry.summary)}`)),
      ...(details.length === 0 ? [] : [section(details.map((text) => `• ${line(text)}`).join('\n'))]),
    ],
    () => [section(entries.map((entry) => code(entry.usage, 100)).join('\n'))],
  ]);
}

function busyBlocks(job: JobView): KnownBlock[] {
  const { state } = job;
  const link = job.message?.permalink === undefined ? '' : ` <${job.message.permalink}|Show it>`;
  return [
    {
      ...section(
        `⛔ Nothing was started: ${person(state.caller)} has job ${code(state.jobId)} (${
          RUN_WORDS[state.status]
        }) on *${line(state.target)}*: ${line(headline(state))}.${link}`,
      ),
    },
  ];
}

function jobsBlocks(jobs: readonly JobView[]): KnownBlock[] {
  if (jobs.length === 0) return [section('No job is running or waiting, and none is on record.')];
  const rows = jobs.map(({ state, message }) => {
    const link = message?.permalink === undefined ? '' : ` · <${message.permalink}|message>`;
    return `${RUN_MARKS[state.status]} ${code(state.jobId)} ${line(headline(state), 200)} · ${person(
      state.caller,
    )} · ${moment(state.queuedAt)}${link}`;
  });
  return fitting(
    [15, 10, 5].map((kept) => () => [
      ...rows.slice(0, kept).map((row) => section(row)),
      ...(rows.length > kept ? [context(`… and ${rows.length - kept} more`)] : []),
    ]),
  );
}

function problemBlocks(problem: Problem): KnownBlock[] {
  return [
    section(`❌ ${line(problem.message, 2500)}`),
    context(`${escaped(problem.next)} (${problem.code})`),
  ];
}
