import type { Problem } from '../core/errors.ts';
import type { Choice } from '../core/notice.ts';
import type { RunState } from '../core/run.ts';
import { TARGET_WORDS, type TargetStatus } from '../core/service.ts';
import type { JobView } from '../queue/api.ts';
import { approvalLines } from './approval-lines.ts';
import type { Reply } from './command.ts';
import { type Front, inWordsOf } from './front.ts';
import { renderReport } from './report-text.ts';
import { runChoices } from './run-choices.ts';
import { renderRunbook } from './runbook-text.ts';
import { clean, indent, table } from './text.ts';
import {
  cause,
  closingLines,
  duration,
  headline,
  RUN_WORDS,
  STEP_MARKS,
  STEP_WORDS,
  serviceRows,
  stepTook,
  targetRows,
} from './wording.ts';

/**
 * A reply as plain text, in the words of the Slack message. Ends without a newline.
 * @param front what its reader types before a command
 */
export function renderText(reply: Reply, now: number, front: Front = '/jaws'): string {
  switch (reply.kind) {
    case 'text':
      return clean(reply.text);
    case 'help':
      return inWordsOf(
        front,
        [
          ...reply.entries.map((entry) => `${entry.usage}\n    ${entry.summary}`),
          ...(reply.details ?? []),
        ].join('\n'),
      );
    case 'run':
      return withChoices(renderRun(reply.state, front), runChoices(reply.state), front);
    case 'runbook':
      return inWordsOf(front, renderRunbook(reply.run));
    case 'busy':
      return busyLine(reply.job);
    case 'status':
      return withChoices(renderStatus(reply.targets), reply.choices ?? [], front);
    case 'jobs':
      return renderJobs(reply.jobs, now);
    case 'report':
      return renderReport(reply.report, front);
    case 'export':
      return clean(reply.title);
    case 'offer':
      return withChoices(renderReport(reply.report, front), reply.choices, front);
    case 'problem':
      return withChoices(renderProblem(reply.problem, front), reply.choices ?? [], front);
  }
}

/** What a message has buttons for, as commands to type. */
function withChoices(text: string, choices: readonly Choice[], front: Front): string {
  return [text, ...choices.map(({ label, line }) => clean(`  ${label}: ${front} ${line}`))].join('\n');
}

/** A run as plain text: headline, steps, cause, services. */
export function renderRun(state: RunState, front: Front = '/jaws'): string {
  const why = cause(state);
  return clean(
    [
      headline(state),
      `  asked by ${state.caller.name}, job ${state.jobId}${
        state.request.reason === undefined ? '' : `, reason: ${state.request.reason}`
      }${
        state.request.duringMaintenance === undefined
          ? ''
          : `, during maintenance: ${state.request.duringMaintenance}`
      }${state.request.duringFreeze === undefined ? '' : `, during a freeze: ${state.request.duringFreeze}`}`,
      ...state.steps.map((step) => {
        const took = stepTook(step);
        const detail = step.detail === undefined ? '' : `: ${step.detail}`;
        return `  ${STEP_MARKS[step.status]} ${step.title} – ${STEP_WORDS[step.status]}${
          took === undefined ? '' : ` in ${took}`
        }${detail}`;
      }),
      ...(why === undefined
        ? []
        : [
            `  ${why.heading}: ${why.message}`,
            ...(why.next === undefined ? [] : [`  Next: ${inWordsOf(front, why.next)}`]),
          ]),
      ...(state.observed === undefined ? [] : [indent(renderTarget(state.observed))]),
      ...[...approvalLines(state, { at: utc, text: clean }), ...closingLines(state)].map(
        (line) => `  ${inWordsOf(front, line)}`,
      ),
    ].join('\n'),
  );
}

const utc = (at: number) => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** One target with each of its services. */
export function renderTarget(target: TargetStatus): string {
  const { head, rows } = serviceRows(target);
  const version = target.version === undefined ? '' : `, version ${target.version}`;
  const detail = target.detail === undefined ? '' : ` (${target.detail})`;
  return clean(
    [
      `${target.deployment} at ${target.site}: ${TARGET_WORDS[target.condition]}${version}${detail}`,
      ...(rows.length === 0 ? [] : [indent(table(head, rows))]),
    ].join('\n'),
  );
}

function renderStatus(targets: readonly TargetStatus[]): string {
  if (targets.length === 1) return targets.map(renderTarget).join('');
  const { head, rows } = targetRows(targets);
  return rows.length === 0 ? 'There are no targets to show.' : clean(table(head, rows));
}

function renderJobs(jobs: readonly JobView[], now: number): string {
  if (jobs.length === 0) return 'No job is running or waiting, and none is on record.';
  return clean(
    table(
      ['Job', 'State', 'What', 'Who', 'Age'],
      jobs.map(({ state }) => [
        state.jobId,
        RUN_WORDS[state.status],
        headline(state),
        state.caller.name,
        duration(now - state.queuedAt),
      ]),
    ),
  );
}

function renderProblem({ message, next, code }: Problem, front: Front): string {
  return clean(`${message}\n${inWordsOf(front, next)}\n(${code})`);
}

/** Who is working on a busy target, in one line. */
export function busyLine(job: JobView): string {
  const { state } = job;
  const link = job.message?.permalink === undefined ? '' : `, see ${job.message.permalink}`;
  return clean(
    `Nothing was started: ${state.caller.name} has job ${state.jobId} (${RUN_WORDS[state.status]}) on ${
      state.target
    }: ${headline(state)}${link}`,
  );
}
