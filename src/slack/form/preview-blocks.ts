import type { KnownBlock } from '@slack/types';
import type { Report } from '../../core/look.ts';
import { reportBlocks } from '../blocks/report.ts';
import { cut, fence, fitting, LIMITS, line, printable, section } from '../blocks/text.ts';

/** Weight that a preview may have beside the inputs of its form. */
const MOST = 7_000;
/** Lines of text and findings that are shown of each report, richest first. */
const FORMS = [
  { lines: 60, findings: 20 },
  { lines: 15, findings: 8 },
  { lines: 0, findings: 3 },
] as const;
const LINE = 160;
const MOST_REPORTS = 5;

/** Reports at the foot of a form: what does not fit is left out and said so. */
export function previewBlocks(reports: readonly Report[]): KnownBlock[] {
  return fitting(
    [
      ...FORMS.map(
        (form) => () => reports.flatMap((report) => reportBlocks(shortened(report, form), 'section')),
      ),
      () => reports.slice(0, MOST_REPORTS).map(gist),
    ],
    MOST,
  );
}

function gist({ title, problem }: Report): KnownBlock {
  const why = problem === undefined ? '' : `\n❌ ${line(problem.message, 300)}`;
  return section(`*${line(title, 200)}*${why}`);
}

function shortened(report: Report, form: (typeof FORMS)[number]): Report {
  const { text, findings, ...rest } = report;
  const kept = findings?.slice(0, form.findings);
  return {
    ...rest,
    ...(kept === undefined || kept.length === 0 ? {} : { findings: kept }),
    ...(text === undefined ? {} : { text: head(text, form.lines) }),
  };
}

/** As many whole lines as fit one block. */
function head(text: string, most: number): string {
  const all = printable(text).trimEnd().split('\n');
  const kept: string[] = [];
  for (const row of all.slice(0, most)) {
    const next = [...kept, cut(row, LINE)];
    if (fence(next.join('\n')).length > LIMITS.section - 100) break;
    kept.push(cut(row, LINE));
  }
  const left = all.length - kept.length;
  return [...kept, ...(left === 0 ? [] : [`… and ${left} more lines`])].join('\n');
}
