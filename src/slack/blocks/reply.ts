import type { KnownBlock } from '@slack/types';
import type { Reply } from '../../commands/command.ts';
import { headline, RUN_WORDS } from '../../commands/wording.ts';
import type { Problem } from '../../core/errors.ts';
import type { Report } from '../../core/look.ts';
import type { JobView } from '../../queue/api.ts';
import { choiceBlocks } from './choices.ts';
import { reportBlocks } from './report.ts';
import { RUN_MARKS } from './run.ts';
import { statusBlocks } from './tables.ts';
import { code, context, escaped, fitting, line, moment, person, type Style, section } from './text.ts';

/** `block_id` of the first block of an answer that says why nothing was done. */
export const NOT_DONE = 'not-done';

/** The answer that only the caller sees. */
export function replyBlocks(reply: Reply, style: Style): KnownBlock[] {
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
    case 'busy':
      return busyBlocks(reply.job);
    case 'status':
      return statusBlocks(reply.targets, style);
    case 'jobs':
      return jobsBlocks(reply.jobs);
    case 'report':
      return reportOrNot(reply.report, style);
    case 'offer':
      return [...reportOrNot(reply.report, style), ...choiceBlocks(reply.choices)];
    case 'problem':
      return problemBlocks(reply.problem);
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
      block_id: NOT_DONE,
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

/** An answer of which a part is missing counts as not done. */
function reportOrNot(report: Report, style: Style): KnownBlock[] {
  const [first, ...rest] = reportBlocks(report, style);
  if (report.problem === undefined || first === undefined) return reportBlocks(report, style);
  return [{ ...first, block_id: NOT_DONE }, ...rest];
}

function problemBlocks(problem: Problem): KnownBlock[] {
  return [
    { ...section(`❌ ${line(problem.message, 2500)}`), block_id: NOT_DONE },
    context(`${escaped(problem.next)} (${problem.code})`),
  ];
}
