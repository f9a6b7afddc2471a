import type { Report } from '../core/look.ts';
import type { Choice } from '../core/notice.ts';
import type { Runbook, RunbookStep } from '../core/runbook.ts';
import { zoned } from '../core/zone.ts';
import { beforeAfter } from '../runbooks/before-after.ts';
import {
  choicesOf,
  isRunbookOver,
  openQuestion,
  type RunbookRun,
  type RunbookStatus,
} from '../runbooks/run.ts';
import { clean, indent, table } from './text.ts';
import { duration, STEP_MARKS, STEP_WORDS } from './wording.ts';

export const RUNBOOK_WORDS: Readonly<Record<RunbookStatus, string>> = {
  running: 'goes on',
  waiting: 'waits for an answer',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'ended before its last step',
};

/** One line: which runbook, where, how it stands and how long it took. */
export function runbookHeadline(run: RunbookRun): string {
  const { title, status, startedAt, finishedAt } = run;
  const took = finishedAt === undefined ? '' : ` after ${duration(finishedAt - startedAt)}`;
  return `${title}: ${RUNBOOK_WORDS[status]}${took}`;
}

/** What stands under the steps: why it ended, what a failed step found. */
export function runbookClosing(run: RunbookRun): readonly string[] {
  return [
    ...(run.ended === undefined ? [] : [run.ended]),
    ...run.steps
      .filter(({ status }) => status === 'failed')
      .flatMap(({ title, seen = [] }) =>
        seen
          .filter(({ level }) => level === 'fail')
          .slice(0, 5)
          .map(({ subject, text }) => `${title}: ${subject}: ${text}`),
      ),
  ];
}

/** Header and rows of what was looked at first and last; no rows where nothing was looked at twice. */
export function beforeAfterRows(run: RunbookRun): {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
} {
  return {
    head: ['', 'Before', 'After'],
    rows: beforeAfter(run).map(({ subject, before, after }) => [subject, before, after]),
  };
}

/** The buttons of the question a run waits with. */
export function questionChoices(run: RunbookRun): readonly Choice[] {
  const open = openQuestion(run);
  if (open === undefined) return [];
  return choicesOf(open.step).map(({ label, yes, end }, i) => ({
    label,
    line: `runbook answer ${run.id} ${i + 1}`,
    command: 'runbook',
    input: { verb: 'answer', run: run.id, choice: String(i + 1), at: open.at },
    ...(yes ? { style: 'primary' as const } : end === 'cancelled' ? { style: 'danger' as const } : {}),
  }));
}

/** What can be decided on a run as it stands: the buttons of its message. */
export function runbookChoices(run: RunbookRun): readonly Choice[] {
  if (!isRunbookOver(run)) return questionChoices(run);
  const { site } = run;
  return [{ label: `Status of ${site}`, line: `status ${site}`, command: 'status', input: { site } }];
}

/** A run as plain text for a terminal. */
export function renderRunbook(run: RunbookRun): string {
  const { head, rows } = beforeAfterRows(run);
  const question = openQuestion(run);
  return clean(
    [
      runbookHeadline(run),
      `  asked by ${run.caller.name}, run ${run.id}${run.reason === undefined ? '' : `, reason: ${run.reason}`}${
        run.duringMaintenance === undefined ? '' : `, during maintenance: ${run.duringMaintenance}`
      }`,
      ...run.steps.map(({ title, status, detail }) => {
        const told = detail === undefined ? '' : `: ${detail}`;
        return `  ${STEP_MARKS[status]} ${title} – ${STEP_WORDS[status]}${told}`;
      }),
      ...runbookClosing(run).map((line) => `  ${line}`),
      ...(rows.length === 0 ? [] : [indent(table(head, rows))]),
      ...(question === undefined ? [] : [question.state.title]),
      ...runbookChoices(run).map(({ label, line }) => `  ${label}: /jaws ${line}`),
    ].join('\n'),
  );
}

/** A run as it stands, for whoever asks. */
export function runReport(run: RunbookRun): Report {
  const { head, rows } = beforeAfterRows(run);
  const question = openQuestion(run);
  return {
    title: runbookHeadline(run),
    tables: [
      {
        head: ['', 'Step', 'State', 'Detail'],
        rows: run.steps.map(({ title, status, detail = '–' }, i) => [
          String(i + 1),
          title,
          STEP_WORDS[status],
          detail,
        ]),
      },
      ...(rows.length === 0 ? [] : [{ head, rows }]),
    ],
    ...(question === undefined ? {} : { next: question.state.title }),
  };
}

/** The runbooks there are. */
export function runbookList(runbooks: readonly Runbook[]): Report {
  if (runbooks.length === 0)
    return {
      title: 'There are no runbooks',
      next: 'They are in the folder `runbooks` beside the configuration.',
    };
  return {
    title: `${runbooks.length} runbooks`,
    tables: [
      {
        head: ['Runbook', 'What it does', 'Sites'],
        rows: runbooks.map(({ name, title, sites }) => [name, title, sites.join(', ')]),
      },
    ],
    next: 'Type `/jaws runbook show NAME` for its steps, `/jaws runbook run NAME SITE` to run it.',
  };
}

/** One runbook: what for, what it needs, what it does. */
export function runbookReport({ name, title, purpose, sites, parameters, steps }: Runbook): Report {
  return {
    title: `${name}: ${title}`,
    text: purpose,
    tables: [
      ...(parameters.length === 0
        ? []
        : [
            {
              title: 'Parameters',
              head: ['Name', 'Meaning', 'Value'],
              rows: parameters.map((one) => [
                one.name,
                one.about,
                `${one.choices?.join(' | ') ?? one.pattern ?? 'text'}${one.default === undefined ? '' : `; ${one.default} when not given`}`,
              ]),
            },
          ]),
      {
        title: 'Steps',
        head: ['', 'Step', 'What'],
        rows: steps.map((step, i) => [String(i + 1), step.title, whatOf(step)]),
      },
    ],
    next: `Sites: ${sites.join(', ')}. Run it: /jaws runbook run ${name} SITE${parameters
      .filter((one) => one.default === undefined)
      .map((one) => ` ${one.name}=…`)
      .join('')}`,
  };
}

function whatOf(step: RunbookStep): string {
  const where =
    'deployments' in step && step.deployments !== undefined
      ? ` of ${step.deployments === 'intended' ? 'what should be up' : step.deployments.join(', ')}`
      : '';
  switch (step.kind) {
    case 'action':
      return `${step.action}${where}${step.onlyIfDown ? ', where it is down' : ''}`;
    case 'look':
      return `looks: ${step.look}${where}`;
    case 'command':
      return `${step.changes ? 'changes the site' : 'looks'}: a command${where}`;
    case 'question':
      return `asks: ${step.choices.map(({ label }) => label).join(' / ')}`;
    case 'link':
      return step.link;
  }
}

/** Runs, newest first. */
export function runsReport(runs: readonly RunbookRun[], zone: (site: string) => string): Report {
  return {
    title: runs.length === 0 ? 'No runbook has been run' : `The last ${runs.length} runs of runbooks`,
    ...(runs.length === 0
      ? {}
      : {
          tables: [
            {
              head: ['Run', 'When', 'Who', 'What', 'State'],
              rows: runs.map((run) => [
                run.id,
                zoned(run.startedAt, zone(run.site)),
                run.caller.name,
                run.title,
                RUNBOOK_WORDS[run.status],
              ]),
            },
          ],
        }),
  };
}
