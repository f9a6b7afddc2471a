/** Lines that stand around a change. */
const CONTEXT = 3;
/** Longest file that is compared line by line, in lines. */
const MOST_LINES = 3000;

interface Row {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

/**
 * The changes from one list of lines to another in the form of `diff -u`, without its two head lines; empty when
 * there is none. `same` decides, `show` gives what is printed: so that values can differ without being shown.
 */
export function unifiedDiff<T>(
  before: readonly T[],
  after: readonly T[],
  same: (a: T, b: T) => boolean,
  show: (line: T) => string,
): readonly string[] {
  if (before.length > MOST_LINES || after.length > MOST_LINES)
    return [`@@ too long to compare: ${before.length} and ${after.length} lines @@`];
  const rows = rowsOf(before, after, same, show);
  const changed = rows.flatMap((row, i) => (row.mark === ' ' ? [] : [i]));
  const hunks: { from: number; to: number }[] = [];
  for (const i of changed) {
    const last = hunks.at(-1);
    const from = Math.max(0, i - CONTEXT);
    const to = Math.min(rows.length, i + CONTEXT + 1);
    if (last !== undefined && from <= last.to) last.to = to;
    else hunks.push({ from, to });
  }
  return hunks.flatMap(({ from, to }) => {
    const count = (mark: '-' | '+', within: readonly Row[]) =>
      within.filter((row) => row.mark !== (mark === '-' ? '+' : '-')).length;
    const [head, hunk] = [rows.slice(0, from), rows.slice(from, to)];
    const range = (mark: '-' | '+') => `${mark}${count(mark, head) + 1},${count(mark, hunk)}`;
    return [`@@ ${range('-')} ${range('+')} @@`, ...hunk.map(({ mark, text }) => mark + text)];
  });
}

/** Every line of both, with what happened to it: the longest common subsequence stays. */
function rowsOf<T>(
  before: readonly T[],
  after: readonly T[],
  same: (a: T, b: T) => boolean,
  show: (line: T) => string,
): readonly Row[] {
  const width = after.length + 1;
  const lengths = new Uint16Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let k = after.length - 1; k >= 0; k -= 1) {
      lengths[i * width + k] = same(before[i] as T, after[k] as T)
        ? (lengths[(i + 1) * width + k + 1] ?? 0) + 1
        : Math.max(lengths[(i + 1) * width + k] ?? 0, lengths[i * width + k + 1] ?? 0);
    }
  }
  const rows: Row[] = [];
  let i = 0;
  let k = 0;
  while (i < before.length || k < after.length) {
    if (i < before.length && k < after.length && same(before[i] as T, after[k] as T)) {
      rows.push({ mark: ' ', text: show(after[k] as T) });
      i += 1;
      k += 1;
    } else if (
      k >= after.length ||
      (i < before.length && (lengths[(i + 1) * width + k] ?? 0) >= (lengths[i * width + k + 1] ?? 0))
    ) {
      rows.push({ mark: '-', text: show(before[i] as T) });
      i += 1;
    } else {
      rows.push({ mark: '+', text: show(after[k] as T) });
      k += 1;
    }
  }
  return rows;
}
