import type { KnownBlock, PlanBlock, TaskCardBlock } from '@slack/types';
import { approvalLines } from '../../commands/approval-lines.ts';
import { runChoices } from '../../commands/run-choices.ts';
import { cause, closingLines, headline, STEP_WORDS, stepTook } from '../../commands/wording.ts';
import type { RunState, RunStatus, StepState, StepStatus } from '../../core/run.ts';
import { choiceBlocks } from './choices.ts';
import { targetBlocks } from './tables.ts';
import {
  code,
  context,
  cut,
  fenced,
  fitting,
  header,
  line,
  moment,
  person,
  preformatted,
  printable,
  rich,
  type Style,
  section,
} from './text.ts';

export const RUN_MARKS: Readonly<Record<RunStatus, string>> = {
  queued: '⏳',
  running: '🔄',
  awaiting: '✋',
  succeeded: '✅',
  failed: '❌',
  refused: '⛔',
  cancelled: '🚫',
};

export const STEP_MARKS: Readonly<Record<StepStatus, string>> = {
  pending: '▫️',
  running: '🔄',
  ok: '✅',
  warned: '⚠️',
  failed: '❌',
  skipped: '➖',
};

export const CARD_STATUS: Readonly<Record<StepStatus, TaskCardBlock['status']>> = {
  pending: 'pending',
  running: 'in_progress',
  ok: 'complete',
  warned: 'complete',
  failed: 'error',
  skipped: 'pending',
};

/** How much of each step is shown: lines of output for a running or failed step, characters of detail. */
interface Richness {
  readonly tail: number;
  readonly detail: number;
}

const FORMS: readonly Richness[] = [
  { tail: 12, detail: 500 },
  { tail: 4, detail: 200 },
  { tail: 0, detail: 100 },
];

/** The live message of a run: headline, who, the steps, the cause of a failure, what the supervisor said. */
export function runBlocks(state: RunState, style: Style): KnownBlock[] {
  return fitting([
    ...FORMS.map((richness) => () => allBlocks(state, style, richness)),
    () => [
      header(title(state)),
      context(facts(state)),
      ...causeBlocks(state),
      ...choiceBlocks(runChoices(state)),
    ],
  ]);
}

function allBlocks(state: RunState, style: Style, richness: Richness): KnownBlock[] {
  return [
    header(title(state)),
    context(facts(state)),
    ...(state.steps.length === 0 ? [] : stepBlocks(state, style, richness)),
    ...causeBlocks(state),
    ...(state.observed === undefined ? [] : targetBlocks(state.observed, style)),
    ...approvalBlocks(state),
    ...closing(state),
    ...choiceBlocks(runChoices(state)),
  ];
}

function title(state: RunState): string {
  return `${RUN_MARKS[state.status]} ${headline(state)}`;
}

function facts(state: RunState): string {
  const { request } = state;
  return [
    `asked by ${person(state.caller)}`,
    `job ${code(state.jobId)}`,
    state.startedAt === undefined ? `queued ${moment(state.queuedAt)}` : `started ${moment(state.startedAt)}`,
    ...(request.launchTool === undefined ? [] : [`with ${line(request.launchTool)}`]),
    ...(request.installMethod === undefined ? [] : [`as ${line(request.installMethod)}`]),
    ...(request.reason === undefined ? [] : [`reason: ${line(request.reason)}`]),
    ...(request.duringMaintenance === undefined
      ? []
      : [`*during maintenance*: ${line(request.duringMaintenance)}`]),
    ...(request.duringFreeze === undefined ? [] : [`*during a freeze*: ${line(request.duringFreeze)}`]),
  ].join(' · ');
}

function stepBlocks(state: RunState, style: Style, richness: Richness): KnownBlock[] {
  if (style === 'plan') return [planBlock(state, richness)];
  const lines = state.steps.map((step) => {
    const detail = step.detail === undefined ? '' : `: ${line(step.detail, richness.detail)}`;
    return `${STEP_MARKS[step.status]} *${line(step.title, 80)}* – ${stepWords(step)}${detail}`;
  });
  const output = state.steps
    .filter((step) => step.status === 'running' || step.status === 'failed')
    .flatMap((step) => (richness.tail === 0 ? [] : (step.tail ?? []).slice(-richness.tail)));
  return [section(lines.join('\n')), ...(output.length === 0 ? [] : [fenced(output.join('\n'))])];
}

/** The plan keeps its open or closed state in a client only while its `block_id` stays the same. */
function planBlock(state: RunState, richness: Richness): PlanBlock {
  return {
    type: 'plan',
    block_id: `plan-${state.jobId}`,
    title: planTitle(state),
    tasks: state.steps.map((step) => card(step, richness)),
  };
}

function planTitle(state: RunState): string {
  const at = state.steps.findIndex((step) => step.status === 'running' || step.status === 'failed');
  const step = state.steps[at];
  if (step !== undefined) {
    return cut(`Step ${at + 1} of ${state.steps.length}: ${step.title} – ${STEP_WORDS[step.status]}`, 150);
  }
  const ended = state.steps.filter((s) => s.finishedAt !== undefined).length;
  return `${ended} of ${state.steps.length} steps done`;
}

function card(step: StepState, richness: Richness): TaskCardBlock {
  const words = step.status === 'pending' ? '' : ` – ${stepWords(step)}`;
  const tail =
    richness.tail > 0 && (step.status === 'running' || step.status === 'failed')
      ? (step.tail ?? []).slice(-richness.tail).join('\n')
      : '';
  return {
    type: 'task_card',
    task_id: step.id,
    title: cut(printable(`${step.title}${words}`), 150),
    status: CARD_STATUS[step.status],
    ...(step.detail === undefined ? {} : { details: rich(cut(step.detail, richness.detail)) }),
    ...(tail === '' ? {} : { output: preformatted(tail) }),
  };
}

export function stepWords(step: Pick<StepState, 'status' | 'startedAt' | 'finishedAt'>): string {
  const took = stepTook(step);
  return took === undefined ? STEP_WORDS[step.status] : `${STEP_WORDS[step.status]} in ${took}`;
}

function causeBlocks(state: RunState): KnownBlock[] {
  const why = cause(state);
  if (why === undefined) return [];
  return [
    section(`*${line(why.heading, 100)}*: ${line(why.message, 1000)}`),
    ...(why.next === undefined ? [] : [context(`Next: ${line(why.next)}`)]),
  ];
}

function approvalBlocks(state: RunState): KnownBlock[] {
  const lines = approvalLines(state, { at: moment, text: (value) => line(value, 300) });
  return lines.length === 0 ? [] : [section(lines.join('\n'))];
}

function closing(state: RunState): KnownBlock[] {
  const lines = closingLines(state);
  if (lines.length === 0) return [];
  const shown = lines.slice(0, 10).map((text) => line(text, 250));
  return [context([...shown, ...(lines.length > 10 ? [`… and ${lines.length - 10} more`] : [])].join('\n'))];
}
