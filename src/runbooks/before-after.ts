import type { RunbookRun, Seen } from './run.ts';

/** A row of the table that a run ends with. */
export interface Change {
  readonly subject: string;
  readonly before: string;
  readonly after: string;
  readonly level: Seen['level'];
}

/** What was looked at more than once, as it was first and as it was last. */
export function beforeAfter(run: RunbookRun): readonly Change[] {
  const looks = run.steps.map(({ seen }) => seen ?? []).filter((seen) => seen.length > 0);
  const subjects = [...new Set(looks.flat().map(({ subject }) => subject))];
  return subjects.flatMap((subject) => {
    const found = looks.flatMap((seen) => seen.filter((one) => one.subject === subject).slice(0, 1));
    const [first] = found;
    const last = found.at(-1);
    if (first === undefined || last === undefined || found.length < 2) return [];
    return [{ subject, before: first.text, after: last.text, level: last.level }];
  });
}
