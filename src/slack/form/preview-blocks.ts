import type { KnownBlock } from '@slack/types';
import { duration } from '../../commands/wording.ts';
import type { Report } from '../../core/look.ts';
import { reportBlocks } from '../blocks/report.ts';
import { context, cut, fence, fitting, LIMITS, line, printable, section } from '../blocks/text.ts';

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

/** What is known of the plan of what is filled in. */
export type Preview =
  | { readonly kind: 'none'; readonly why: string }
  | { readonly kind: 'asked'; readonly where: string }
  | { readonly kind: 'shown'; readonly reports: readonly Report[] };

/** That something waits for a second person: how long, in milliseconds, and the channel in which it does. */
export interface Approving {
  readonly within: number;
  readonly channel: string;
}

/** What whoever fills in a form should know before the button: that it asks somebody else. */
export function approvalBlocks(approving: Approving | undefined, command: string): KnownBlock[] {
  if (approving === undefined) return [];
  const { within, channel } = approving;
  return [
    section(
      `✋ *A second person has to approve this ${line(command, 40)}.* Its plan is shown in ${line(channel, 80)} and waits there for ${duration(within)}; nothing changes at the site before somebody else has approved it.`,
    ),
  ];
}

/** The plan at the foot of a form, or what stands in its place until there is one. */
export function previewBlocks(preview: Preview): KnownBlock[] {
  switch (preview.kind) {
    case 'none':
      return preview.why === '' ? [] : [context(line(preview.why))];
    case 'asked':
      return [
        { type: 'divider' },
        context(`⏳ Asking ${line(preview.where, 100)} what this would do; the plan appears here.`),
      ];
    case 'shown':
      return [{ type: 'divider' }, ...reportsBlocks(preview.reports)];
  }
}

/** Reports: what does not fit is left out and said so. */
function reportsBlocks(reports: readonly Report[]): KnownBlock[] {
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
