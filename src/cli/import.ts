import type { Imported } from '../config/import.ts';
import type { Remark } from '../config/import-layer.ts';

/** `config import`: what was written, what a person has to look at, and what the check says of the result. */
export function importReport(imported: Imported): { readonly text: string; readonly data: Imported } {
  const { out, written, lost, notes, missing, problems } = imported;
  const text = [
    `${written.length} files written to ${out}`,
    ...section('Not imported, kept as comments where they hold no secret', lost.map(placed)),
    ...section('Imported with a change', notes.map(placed)),
    ...section('To be put in by hand', missing),
    ...section(
      'What the check says',
      problems.map(({ message }) => message),
    ),
    '',
    problems.length === 0
      ? `next: jaws-ops config check --config ${out}`
      : `${problems.length} problems in ${out}`,
  ].join('\n');
  return { text, data: imported };
}

function placed({ file, line, text }: Remark): string {
  return `${file}:${line}: ${text.replaceAll('\n', '\n    ')}`;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', `${title} (${lines.length}):`, ...lines.map((line) => `  ${line}`)];
}
