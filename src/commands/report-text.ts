import type { Finding } from '../core/finding.ts';
import type { Report } from '../core/look.ts';
import { clean, indent, table } from './text.ts';

const MARKS: Readonly<Record<Finding['level'], string>> = { ok: '✓', warn: '!', fail: '✗' };

/** An answer as plain text: its gist, what was found, tables, text as it is, what to do. */
export function renderReport(report: Report): string {
  const { title, findings, tables, text, problem, next } = report;
  return clean(
    [
      title,
      ...(problem === undefined ? [] : [`  ${problem.message} (${problem.code})`, `  Next: ${problem.next}`]),
      ...(findings ?? []).map(findingText),
      ...(tables ?? []).flatMap(({ title: heading, head, rows }) => [
        ...(heading === undefined ? [] : ['', heading]),
        indent(rows.length === 0 ? 'none' : table(head, rows)),
      ]),
      ...(text === undefined || text === '' ? [] : ['', text.replaceAll('\t', '    ')]),
      ...(next === undefined ? [] : [next]),
    ].join('\n'),
  );
}

/** A finding and its remedy, e.g. `  ✗ disk: 3 MiB free at /x` and below it what to do. */
function findingText({ level, subject, message, next }: Finding): string {
  const remedy = next === undefined || level === 'ok' ? '' : `\n      ${next}`;
  return `  ${MARKS[level]} ${subject}: ${message}${remedy}`;
}
