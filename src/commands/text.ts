/** Columns aligned with two spaces between; the last one is not padded. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((row) => Array.from(row[i] ?? '').length)));
  return all
    .map((row) =>
      row
        .map((cell, i) =>
          i === row.length - 1 ? cell : cell + ' '.repeat((widths[i] ?? 0) - Array.from(cell).length),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Every line two spaces in. */
export function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}

/** Without control characters, so that the output of a site cannot steer the operator's terminal. */
export function clean(text: string): string {
  return Array.from(text, (c) =>
    (c < ' ' && c !== '\n') || (c >= '\u007f' && c <= '\u009f') ? '?' : c,
  ).join('');
}
