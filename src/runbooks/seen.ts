import type { Finding } from '../core/finding.ts';
import { differenceOf, type Intention, intentionFor } from '../core/intention.ts';
import type { Report } from '../core/look.ts';
import { TARGET_WORDS, type TargetStatus } from '../core/service.ts';
import type { Seen } from './run.ts';

/** As much as is kept of one look. */
const MOST = 16;
const WIDTH = 240;

/** How targets are, against what should be: a difference is a failure. */
export function seenOfStatus(
  statuses: readonly TargetStatus[],
  intentions: readonly Intention[],
): readonly Seen[] {
  return statuses.map((status) => {
    const { deployment, condition, services, version, detail } = status;
    const difference = differenceOf(intentionFor(intentions, status), status);
    const unknown = condition === 'unreachable' || condition === 'unknown';
    const running = services.filter((service) => service.condition === 'running').length;
    const words = [
      services.length === 0
        ? TARGET_WORDS[condition]
        : `${TARGET_WORDS[condition]}, ${running}/${services.length}`,
      ...(version === undefined ? [] : [version]),
      ...(difference === undefined ? [] : [difference]),
      ...(unknown && detail !== undefined ? [detail] : []),
    ];
    return {
      subject: deployment,
      level: difference !== undefined || unknown ? 'fail' : 'ok',
      text: cut(words.join('; ')),
    };
  });
}

/** What a report found, what is wrong first. */
export function seenOfReport({ findings = [], problem, title }: Report): readonly Seen[] {
  if (problem !== undefined) return [{ subject: 'answer', level: 'fail', text: cut(problem.message) }];
  const order: readonly Finding['level'][] = ['fail', 'warn', 'ok'];
  const sorted = order.flatMap((level) => findings.filter((finding) => finding.level === level));
  if (sorted.length === 0) return [{ subject: 'answer', level: 'ok', text: cut(title) }];
  return sorted.slice(0, MOST).map(({ subject, level, message, next }) => ({
    subject,
    level,
    text: cut(level === 'ok' || next === undefined ? message : `${message}. ${next}`),
  }));
}

/** One line on what was seen: what is wrong, or all of it when nothing is. */
export function gistOf(seen: readonly Seen[]): string {
  const wrong = seen.filter(({ level }) => level !== 'ok');
  const told = wrong.length > 0 ? wrong : seen;
  const [first, ...more] = told.map(({ subject, text }) => `${subject}: ${text}`);
  const rest = wrong.length > 0 ? more.length : 0;
  if (wrong.length === 0) return cut(told.map(({ subject, text }) => `${subject}: ${text}`).join(' · '), 400);
  return `${first ?? ''}${rest > 0 ? ` (and ${rest} more)` : ''}`;
}

export function levelOf(seen: readonly Seen[]): Finding['level'] {
  if (seen.some(({ level }) => level === 'fail')) return 'fail';
  return seen.some(({ level }) => level === 'warn') ? 'warn' : 'ok';
}

function cut(text: string, width = WIDTH): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > width ? `${line.slice(0, width - 1)}…` : line;
}
