import type { Finding } from '../core/finding.ts';
import type { Report } from '../core/look.ts';
import { type Front, inWordsOf } from './front.ts';
import { clean, indent, table } from './text.ts';

const MARKS: Readonly<Record<Finding['level'], string>> = { ok: '✓', warn: '!', fail: '✗' };

/** An answer as plain text: its gist, what was found, tables, text as it is, what to do. */
export function renderReport(report: Report, front: Front = '/jaws'): string {
  const { title, findings, tables, text, problem, next } = report;
  const advice = (words: string) => inWordsOf(front, words);
  return clean(
    [
      title,
      ...(problem === undefined
        ? []
        : [`  ${problem.message} (${problem.code})`, `  Next: ${advice(problem.next)}`]),
      ...(findings ?? []).map((finding) => findingText(finding, advice)),
      ...(tables ?? []).flatMap(({ title: heading, head, rows }) => [
        ...(heading === undefined ? [] : ['', heading]),
        indent(rows.length === 0 ? 'none' : table(head, rows)),
      ]),
      ...(text === undefined || text === '' ? [] : ['', text.replaceAll('\t', '    ')]),
      ...(next === undefined ? [] : [advice(next)]),
    ].join('\n'),
  );
}

/** A finding and its remedy, e.g. `  ✗ disk: 3 MiB free at /x` and below it what to do. */
function findingText({ level, subject, message, next }: Finding, advice: (words: string) => string): string {
  const remedy = next === undefined || level === 'ok' ? '' : `\n      ${advice(next)}`;
  return `  ${MARKS[level]} ${subject}: ${message}${remedy}`;
}
