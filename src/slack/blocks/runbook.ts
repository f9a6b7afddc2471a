import type { KnownBlock } from '@slack/types';
import {
  beforeAfterRows,
  runbookChoices,
  runbookClosing,
  runbookHeadline,
} from '../../commands/runbook-text.ts';
import {
  openQuestion,
  type RunbookRun,
  type RunbookStatus,
  type RunbookStepState,
} from '../../runbooks/run.ts';
import { choiceBlocks } from './choices.ts';
import { CARD_STATUS, STEP_MARKS, stepWords } from './run.ts';
import { tableOf } from './tables.ts';
import {
  code,
  context,
  cut,
  escaped,
  fitting,
  header,
  line,
  moment,
  person,
  printable,
  rich,
  type Style,
  section,
} from './text.ts';

export const RUNBOOK_MARKS: Readonly<Record<RunbookStatus, string>> = {
  running: '🔄',
  waiting: '✋',
  succeeded: '✅',
  failed: '❌',
  cancelled: '🚫',
};

/** Characters of a step's detail, richest form first. */
const DETAILS = [400, 150, 60] as const;

/** The live message of a run of a runbook: headline, who, the steps, the question it waits with, before and after. */
export function runbookBlocks(run: RunbookRun, style: Style): KnownBlock[] {
  return fitting(DETAILS.map((detail) => () => allBlocks(run, style, detail)));
}

function allBlocks(run: RunbookRun, style: Style, detail: number): KnownBlock[] {
  const closing = runbookClosing(run);
  const { head, rows } = beforeAfterRows(run);
  const question = openQuestion(run);
  return [
    header(`${RUNBOOK_MARKS[run.status]} ${runbookHeadline(run)}`),
    context(facts(run)),
    ...stepBlocks(run, style, detail),
    ...(closing.length === 0
      ? []
      : [
          section(
            closing
              .slice(0, 8)
              .map((text) => `• ${line(text, 250)}`)
              .join('\n'),
          ),
        ]),
    ...(rows.length === 0 ? [] : [tableOf(head, rows, style, 80)]),
    ...(question === undefined ? [] : [section(`✋ *${escaped(question.state.title)}*`)]),
    ...choiceBlocks(runbookChoices(run)),
  ];
}

function facts(run: RunbookRun): string {
  return [
    `asked by ${person(run.caller)}`,
    `run ${code(run.id)}`,
    `started ${moment(run.startedAt)}`,
    ...(run.reason === undefined ? [] : [`reason: ${line(run.reason)}`]),
    ...(run.duringMaintenance === undefined ? [] : [`*during maintenance*: ${line(run.duringMaintenance)}`]),
  ].join(' · ');
}

function stepBlocks(run: RunbookRun, style: Style, detail: number): KnownBlock[] {
  if (style === 'plan')
    return [
      {
        type: 'plan',
        block_id: `plan-${run.id}`,
        title: planTitle(run),
        tasks: run.steps.map((step, i) => ({
          type: 'task_card',
          task_id: `step-${i}`,
          title: cut(printable(`${step.title}${words(step)}`), 150),
          status: CARD_STATUS[step.status],
          ...(step.detail === undefined ? {} : { details: rich(cut(step.detail, detail)) }),
        })),
      },
    ];
  const lines = run.steps.map((step) => {
    const told = step.detail === undefined ? '' : `: ${line(step.detail, Math.min(detail, 120))}`;
    return `${STEP_MARKS[step.status]} *${line(step.title, 80)}*${escaped(words(step))}${told}`;
  });
  const sections: string[] = [];
  for (const text of lines) {
    const last = sections.at(-1);
    if (last === undefined || last.length + text.length > 2_800) sections.push(text);
    else sections[sections.length - 1] = `${last}\n${text}`;
  }
  return sections.map((text) => section(text));
}

function words(step: RunbookStepState): string {
  return step.status === 'pending' ? '' : ` – ${stepWords(step)}`;
}

function planTitle({ steps }: RunbookRun): string {
  const at = steps.findIndex(({ status }) => status === 'running' || status === 'failed');
  const step = steps[at];
  if (step !== undefined) return cut(`Step ${at + 1} of ${steps.length}: ${printable(step.title)}`, 150);
  const ended = steps.filter(({ status }) => status === 'ok' || status === 'warned').length;
  return `${ended} of ${steps.length} steps done`;
}
