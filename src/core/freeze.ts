import type { Action, ActionRequest } from './request.ts';
import { type WallTime, wallTime } from './zone.ts';

/** Days as the policy names them, Sunday first as calendars of programs count. */
export const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** A time in which some actions are not done: every week at the same hours, or between two dates. */
export interface Freeze {
  readonly reason: string;
  readonly actions: readonly Action[];
  /** All when absent. */
  readonly deployments?: readonly string[] | undefined;
  readonly sites?: readonly string[] | undefined;
  /** IANA time zone of the times below. */
  readonly timezone: string;
  /** From `from` until before `to` of these days; `HH:MM`, up to `24:00`. */
  readonly weekly?:
    | { readonly days: readonly Weekday[]; readonly from: string; readonly to: string }
    | undefined;
  /** From `start` until before `end`; `YYYY-MM-DD HH:MM`. */
  readonly between?: { readonly start: string; readonly end: string } | undefined;
}

/**
 * The freeze that forbids an action at an instant. Times are compared as the clocks of the zone show them, so that
 * 16:00 is 16:00 in summer and in winter. A dry run changes nothing and is let in.
 * @param now milliseconds since the epoch
 */
export function freezeAgainst(
  freezes: readonly Freeze[],
  { action, site, deployment, dryRun }: ActionRequest,
  now: number,
): Freeze | undefined {
  if (dryRun) return undefined;
  return freezes.find(
    (freeze) =>
      freeze.actions.includes(action) &&
      (freeze.deployments?.includes(deployment) ?? true) &&
      (freeze.sites?.includes(site) ?? true) &&
      isFrozen(freeze, now),
  );
}

/** e.g. `deploy of prod is frozen fri 16:00–24:00 (America/Los_Angeles): nobody is there at night`. */
export function freezeLine(freeze: Freeze, { action, deployment }: ActionRequest): string {
  const { weekly, between, timezone, reason } = freeze;
  const when =
    weekly !== undefined
      ? `${weekly.days.join(', ')} ${weekly.from}–${weekly.to}`
      : `from ${between?.start ?? '?'} to ${between?.end ?? '?'}`;
  return `${action} of ${deployment} is frozen ${when} (${timezone}): ${reason}`;
}

function isFrozen({ timezone, weekly, between }: Freeze, now: number): boolean {
  const wall = wallTime(now, timezone);
  const clock = `${two(wall.hour)}:${two(wall.minute)}`;
  if (weekly?.days.includes(weekdayOf(wall)) && clock >= weekly.from && clock < weekly.to) return true;
  const moment = `${wall.year}-${two(wall.month)}-${two(wall.day)} ${clock}`;
  return between !== undefined && moment >= between.start && moment < between.end;
}

function weekdayOf({ year, month, day }: WallTime): Weekday {
  return WEEKDAYS[new Date(Date.UTC(year, month - 1, day)).getUTCDay()] ?? 'sun';
}

const two = (value: number) => String(value).padStart(2, '0');
