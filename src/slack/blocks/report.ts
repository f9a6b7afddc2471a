import type { KnownBlock } from '@slack/types';
import type { Finding } from '../../core/finding.ts';
import type { Report } from '../../core/look.ts';
import { tableOf } from './tables.ts';
import {
  context,
  escaped,
  fence,
  fenced,
  fitting,
  LIMITS,
  line,
  printable,
  type Style,
  section,
} from './text.ts';

const MARKS: Readonly<Record<Finding['level'], string>> = { ok: '✅', warn: '⚠️', fail: '❌' };

/** How much of an answer is shown, richest first. */
const FORMS = [
  { parts: 3, width: 120, message: 400 },
  { parts: 2, width: 80, message: 200 },
  { parts: 1, width: 40, message: 100 },
] as const;

/**
 * An answer of a site: its gist, what was found, tables, text; what does not fit is left out and said so. Slack takes
 * one table block in a message (`only_one_table_allowed`): further ones are aligned text.
 */
export function reportBlocks(report: Report, style: Style): KnownBlock[] {
  const { title, problem, tables, next } = report;
  return fitting(
    FORMS.map((form) => () => [
      section(`*${line(title)}*`),
      ...(problem === undefined
        ? []
        : [
            section(`❌ ${line(problem.message, 1500)}`),
            context(`${escaped(problem.next)} (${problem.code})`),
          ]),
      ...findingBlocks(report.findings ?? [], form.message),
      ...(tables ?? []).flatMap(({ title: heading, head, rows }, i) => [
        ...(heading === undefined ? [] : [section(`*${line(heading)}*`)]),
        rows.length === 0 ? context('none') : tableOf(head, rows, i === 0 ? style : 'section', form.width),
      ]),
      ...textBlocks(report, form.parts),
      ...(next === undefined ? [] : [context(line(next))]),
    ]),
  );
}

/** Findings in as few sections as hold them; what is wrong comes first. */
function findingBlocks(findings: readonly Finding[], width: number): KnownBlock[] {
  const order: readonly Finding['level'][] = ['fail', 'warn', 'ok'];
  const sorted = order.flatMap((level) => findings.filter((finding) => finding.level === level));
  const sections: string[] = [];
  for (const finding of sorted) {
    const text = findingLine(finding, width);
    const last = sections.at(-1);
    if (last === undefined || last.length + text.length + 1 > LIMITS.section) sections.push(text);
    else sections[sections.length - 1] = `${last}\n${text}`;
  }
  return sections.map(section);
}

function findingLine({ level, subject, message, next }: Finding, width: number): string {
  const remedy = next === undefined || level === 'ok' ? '' : `\n      _${line(next, width)}_`;
  return `${MARKS[level]} *${line(subject, 80)}*: ${line(message, width)}${remedy}`;
}

/** `block_id` of the note that a text is longer than what is shown of it. */
const CUT = 'text-is-cut';

/** Whether blocks of {@link reportBlocks} show only a part of the text. */
export function isCut(blocks: readonly KnownBlock[]): boolean {
  return blocks.some((block) => block.block_id === CUT);
}

/** Whole lines of a text in at most `parts` code blocks. */
function textBlocks({ text, cutFrom }: Report, parts: number): KnownBlock[] {
  if (text === undefined || text.trim() === '') return [];
  const all = printable(text).trimEnd().split('\n');
  const chunks: string[][] = [];
  const taken = cutFrom === 'start' ? all.toReversed() : all;
  let shown = 0;
  for (const row of taken) {
    const last = chunks.at(-1);
    if (last !== undefined && fence([...last, row].join('\n')).length <= LIMITS.section) last.push(row);
    else if (chunks.length < parts) chunks.push([row]);
    else break;
    shown += 1;
  }
  const ordered = cutFrom === 'start' ? chunks.toReversed().map((chunk) => chunk.toReversed()) : chunks;
  const blocks: KnownBlock[] = ordered.map((chunk) => fenced(chunk.join('\n')));
  const left = all.length - shown;
  const isWide = chunks.flat().some((row) => fence(row).length > LIMITS.section);
  if (left === 0 && !isWide) return blocks;
  const what =
    left === 0 ? 'Lines are cut' : `${left} ${cutFrom === 'start' ? 'earlier' : 'further'} lines do not fit`;
  const note = {
    ...context(`${what} here; the whole text comes as a file in a direct message.`),
    block_id: CUT,
  };
  return cutFrom === 'start' ? [note, ...blocks] : [...blocks, note];
}
