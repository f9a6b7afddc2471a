import { activeAt, type Window } from '../core/window.ts';

/** What is said about a window: that it comes, begins, is over, was changed after it had been announced, or is off. */
export type ReminderKind = 'before' | 'start' | 'end' | 'moved' | 'cancelled';

export interface Reminder {
  /** Names what is said, once and for all: window, its revision and the moment. */
  readonly key: string;
  readonly kind: ReminderKind;
  readonly window: Window;
  /** When the maintenance that the window is part of is over. */
  readonly endsAt: number;
  /** Whether other times had been announced before. */
  readonly changed: boolean;
  /** The moment it became due, in milliseconds since the epoch. */
  readonly since: number;
}

/** A window's end is not worth a word later than this after it, in milliseconds. */
const STALE_MS = 24 * 3600_000;

interface Stage {
  readonly name: string;
  readonly kind: ReminderKind;
  readonly at: number;
}

/**
 * The reminders to be given now. Of several moments of one window that have passed unsaid, because nobody was there to
 * say it, only the latest counts. A window whose times change is announced anew; of changes in between nothing is said.
 * @param sent keys of all that was said before
 * @param now milliseconds since the epoch
 * @param beforeMin of a site, how many minutes before the start it is reminded; 0 is the start itself
 */
export function due(
  windows: readonly Window[],
  sent: ReadonlySet<string>,
  now: number,
  beforeMin: (site: string) => readonly number[],
): readonly Reminder[] {
  return windows.flatMap((window) => {
    const reminder = dueOf(window, windows, sent, now, beforeMin(window.site));
    return reminder === undefined ? [] : [reminder];
  });
}

function dueOf(
  window: Window,
  windows: readonly Window[],
  sent: ReadonlySet<string>,
  now: number,
  beforeMin: readonly number[],
): Reminder | undefined {
  const said = [...sent].filter((key) => key.startsWith(`${window.id}/`));
  const endsAt = activeAt(windows, window.site, Math.max(now, window.start))?.endsAt ?? window.end;
  const current = said.filter((key) => key.startsWith(`${window.id}/${window.revision}/`));
  const changed = said.length > 0 && current.length === 0;
  const reminder = ({ name, kind, at }: Stage): Reminder | undefined => {
    const key = `${window.id}/${window.revision}/${name}`;
    return sent.has(key) ? undefined : { key, kind, window, endsAt, changed, since: at };
  };
  if (window.cancelledAt !== undefined) {
    const over = said.some((key) => key.endsWith('/end'));
    if (said.length === 0 || over || now >= window.end) return undefined;
    return reminder({ name: 'cancelled', kind: 'cancelled', at: window.cancelledAt });
  }
  const passed = stagesOf(window, beforeMin).findLast(({ at }) => at <= now);
  if (passed === undefined)
    return changed ? reminder({ name: 'moved', kind: 'moved', at: window.changedAt }) : undefined;
  if (passed.kind === 'end') {
    if (now - window.end > STALE_MS || outlasted(window, windows)) return undefined;
  }
  return reminder(passed);
}

function stagesOf(window: Window, beforeMin: readonly number[]): readonly Stage[] {
  const before = [...new Set(beforeMin)].sort((a, b) => b - a);
  return [
    ...before.map((minutes): Stage => {
      const at = window.start - minutes * 60_000;
      return minutes === 0
        ? { name: 'start', kind: 'start', at }
        : { name: `before-${minutes}`, kind: 'before', at };
    }),
    { name: 'end', kind: 'end', at: window.end },
  ];
}

/** Whether the maintenance goes on when this window ends: then its end is nobody's signal to begin. */
function outlasted(window: Window, windows: readonly Window[]): boolean {
  return windows.some(
    (other) =>
      other.id !== window.id &&
      other.site === window.site &&
      other.cancelledAt === undefined &&
      other.start <= window.end &&
      (other.end > window.end || (other.end === window.end && other.id > window.id)),
  );
}
