import type { KnownBlock, RawTextElement } from '@slack/types';
import { table as textTable } from '../../commands/text.ts';
import { serviceRows, targetRows } from '../../commands/wording.ts';
import { TARGET_WORDS, type TargetCondition, type TargetStatus } from '../../core/service.ts';
import { cut, fenced, fitting, line, printable, type Style, section } from './text.ts';

/** One mark per condition, beside the words and never in place of them. */
export const TARGET_MARKS: Readonly<Record<TargetCondition, string>> = {
  running: '🟢',
  degraded: '🟡',
  stopped: '⚪',
  fatal: '🔴',
  'supervisor-down': '🟠',
  'not-installed': '⚫',
  unreachable: '🚫',
  unknown: '❔',
};

/** Slack takes 100 rows; fewer stay readable. */
const MAX_ROWS = 40;

/** One target: its condition, then a table of its services. */
export function targetBlocks(target: TargetStatus, style: Style): KnownBlock[] {
  const { head, rows } = serviceRows(target);
  return [section(targetLine(target)), ...(rows.length === 0 ? [] : [tableOf(head, rows, style, 120)])];
}

/** e.g. `🟢 *dev at aws*: running, version 2.5.4`. */
export function targetLine(target: TargetStatus): string {
  const version = target.version === undefined ? '' : `, version ${line(target.version, 64)}`;
  const detail = target.detail === undefined ? '' : ` – ${line(target.detail)}`;
  return `${TARGET_MARKS[target.condition]} *${line(target.deployment)} at ${line(target.site)}*: ${
    TARGET_WORDS[target.condition]
  }${version}${detail}`;
}

/** Many targets: one row each. */
export function statusBlocks(targets: readonly TargetStatus[], style: Style): KnownBlock[] {
  const [only] = targets;
  if (only === undefined) return [section('There are no targets to show.')];
  if (targets.length === 1) return targetBlocks(only, style);
  const { head, rows } = targetRows(targets);
  const marked = rows.map((row, i) =>
    row.map((cell, column) =>
      column === 2 ? `${TARGET_MARKS[targets[i]?.condition ?? 'unknown']} ${cell}` : cell,
    ),
  );
  return fitting([150, 60, 25].map((width) => () => [tableOf(head, marked, style, width)]));
}

/** A table block, or aligned text where a client has none. Cells are cut to `width` characters. */
export function tableOf(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  style: Style,
  width: number,
): KnownBlock {
  const shown = (row: readonly string[]) => row.map((cell) => cut(printable(cell), width));
  const kept = rows.slice(0, MAX_ROWS).map(shown);
  const left = rows.length - kept.length;
  const all = left > 0 ? [...kept, head.map((_, i) => (i === 0 ? `… and ${left} more` : '–'))] : kept;
  if (style === 'section') return fenced(textTable(shown(head), all));
  return {
    type: 'table',
    rows: [shown(head), ...all].map((row) =>
      row.map((cell): RawTextElement => ({ type: 'raw_text', text: cell || '–' })),
    ),
  };
}
