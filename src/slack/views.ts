import type { KnownBlock } from '@slack/types';
import type { Reply } from '../commands/command.ts';
import { renderText } from '../commands/render-text.ts';
import { renderRunbook } from '../commands/runbook-text.ts';
import { cause, headline } from '../commands/wording.ts';
import { isFinal, type RunState, type StepState } from '../core/run.ts';
import type { RunbookRun } from '../runbooks/run.ts';
import { replyBlocks } from './blocks/reply.ts';
import { RUN_MARKS, runBlocks } from './blocks/run.ts';
import { runbookBlocks } from './blocks/runbook.ts';
import { targetLine } from './blocks/tables.ts';
import { context, cut, escaped, fence, LIMITS, line, printable, type Style } from './blocks/text.ts';

/** What is sent to Slack. `text` stands alone: it is what a notification and a screen reader say. */
export interface MessageView {
  readonly text: string;
  readonly blocks: KnownBlock[];
}

/** The message of a run. The same state always gives the same message. */
export function runMessage(state: RunState, style: Style): MessageView {
  return { text: runText(state), blocks: runBlocks(state, style) };
}

/** A message with a line of our own above it. */
export function noted(view: MessageView, note: string): MessageView {
  return {
    text: cut(`${line(note)}\n${view.text}`, LIMITS.text),
    blocks: view.blocks.length === 0 ? [] : [context(line(note)), ...view.blocks],
  };
}

/** The message of a run of a runbook. */
export function runbookMessage(run: RunbookRun, style: Style): MessageView {
  return { text: cut(escaped(renderRunbook(run)), LIMITS.text), blocks: runbookBlocks(run, style) };
}

/** The answer that only the caller sees. */
export function replyMessage(reply: Reply, style: Style, now: number): MessageView {
  return { text: cut(escaped(renderText(reply, now)), LIMITS.text), blocks: replyBlocks(reply, style) };
}

function runText(state: RunState): string {
  const why = cause(state);
  const lines = [
    `${RUN_MARKS[state.status]} ${line(headline(state))}`,
    ...(why === undefined ? [] : [`${line(why.heading, 100)}: ${line(why.message)}`]),
    // A notification shows marks of mrkdwn as they are.
    ...(isFinal(state) && state.observed !== undefined
      ? [targetLine(state.observed).replaceAll('*', '')]
      : []),
    `Asked by ${line(state.caller.name, 80)}, job ${line(state.jobId, 80)}`,
  ];
  return cut(lines.join('\n'), LIMITS.text);
}

/** A text as a file. */
export interface TextFile {
  readonly title: string;
  readonly filename: string;
  readonly content: string;
}

/** A text under its title as a file that any editor opens. */
export function textFile(title: string, text: string): TextFile {
  return {
    title: line(title, 200),
    filename: fileName(title, 'txt'),
    content: `${printable(text).trimEnd()}\n`,
  };
}

/** Data under its title as a file of JSON. */
export function jsonFile(title: string, data: unknown): TextFile {
  return {
    title: line(title, 200),
    filename: fileName(title, 'json'),
    content: `${JSON.stringify(data, null, 2)}\n`,
  };
}

function fileName(title: string, extension: string): string {
  const name = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 80);
  return `${name === '' ? 'answer' : name}.${extension}`;
}

/** The whole output of a step as it goes into the thread of a run's message. */
export type OutputView =
  | { readonly kind: 'messages'; readonly title: string; readonly texts: readonly string[] }
  | { readonly kind: 'file'; readonly title: string; readonly filename: string; readonly content: string };

const MAX_OUTPUT_MESSAGES = 3;

/** Output in at most three messages, or as a file when it is longer. `title` begins the first and names the step. */
export function outputView(state: RunState, step: StepState, output: string): OutputView {
  const title = outputTitle(state, step);
  const text = printable(output).trimEnd();
  const room = LIMITS.text - title.length - 20;
  const parts = text.length > MAX_OUTPUT_MESSAGES * (room + 1) ? [] : chunks(text || '(no output)', room);
  if (parts.length === 0 || parts.length > MAX_OUTPUT_MESSAGES) {
    return { kind: 'file', title, filename: `${state.jobId}-${step.id}.txt`, content: `${text}\n` };
  }
  return {
    kind: 'messages',
    title,
    texts: parts.map(
      (part, i) => `${title}${parts.length > 1 ? ` (${i + 1}/${parts.length})` : ''}\n${fence(part)}`,
    ),
  };
}

/** How the messages with a step's output begin; a restarted bot finds them by it. */
export function outputTitle(state: RunState, step: StepState): string {
  const { status, approval, request } = state;
  const what =
    status === 'awaiting' && approval !== undefined
      ? `Plan ${approval.hash.slice(0, 12)}`
      : request.dryRun && step.status !== 'failed'
        ? 'The plan'
        : `Output of ${line(step.title, 80)}`;
  return `${what}, job ${line(state.jobId, 80)}`;
}

/** Splits at line ends where it can, so that no part is longer than `max` characters once escaped. */
function chunks(text: string, max: number): string[] {
  const parts: string[] = [];
  let part = '';
  let size = 0;
  for (const piece of text.split('\n').flatMap((row) => slices(row, max))) {
    const own = escaped(piece).length;
    if (part === '') {
      part = piece;
      size = own;
    } else if (size + 1 + own > max) {
      parts.push(part);
      part = piece;
      size = own;
    } else {
      part = `${part}\n${piece}`;
      size += 1 + own;
    }
  }
  return [...parts, part];
}

/** One line in pieces of which each fits even when every character of it must be escaped. */
function slices(row: string, max: number): string[] {
  if (escaped(row).length <= max) return [row];
  const step = Math.floor((max - 4) / 5);
  const characters = Array.from(row);
  return Array.from({ length: Math.ceil(characters.length / step) }, (_, i) =>
    characters.slice(i * step, (i + 1) * step).join(''),
  );
}
