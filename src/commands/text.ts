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

/** What steers a terminal, or turns the direction in which a text is read. Tabs and line ends do neither. */
export const STEERING = /[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu;

/** Without steering characters and tabs, so that what a site prints cannot control the operator's terminal. */
export function clean(text: string): string {
  return text.replace(STEERING, '?').replaceAll('\t', '?');
}
