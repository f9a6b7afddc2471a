import { OpsError } from './errors.ts';
import type { Action } from './request.ts';
import { instantOf, type WallTime, wallTime, zoned } from './zone.ts';

/** A time in which a site is under maintenance. Instants are milliseconds since the epoch. */
export interface Window {
  readonly id: string;
  readonly site: string;
  readonly start: number;
  /** Exclusive: at this instant the maintenance is over. */
  readonly end: number;
  readonly reason: string;
  /** Added by a person, or found as a reservation of the site's scheduler. */
  readonly source: 'manual' | 'reservation';
  /** Name of the reservation. */
  readonly reservation?: string;
  readonly createdBy: string;
  readonly createdAt: number;
  /** Grows by one each time start or end change: what was said about an earlier one has to be said again. */
  readonly revision: number;
  /** When start or end were changed last. */
  readonly changedAt: number;
  readonly cancelledAt?: number;
  readonly cancelledBy?: string;
}

/** A maintenance under way: the windows it is made of, and when the last of them ends. */
export interface Maintenance {
  readonly windows: readonly Window[];
  readonly endsAt: number;
}

/** Actions that are refused during a maintenance. Stopping helps those who maintain the site. */
const REFUSED: readonly Action[] = ['deploy', 'start', 'restart', 'rollback', 'command'];

export function isRefusedInMaintenance(action: Action): boolean {
  return REFUSED.includes(action);
}

/** The maintenance of a site at an instant; windows that overlap or touch are one, to the end of the last. */
export function activeAt(windows: readonly Window[], site: string, now: number): Maintenance | undefined {
  const standing = windows
    .filter((window) => window.site === site && window.cancelledAt === undefined && window.end > now)
    .sort((a, b) => a.start - b.start);
  const joined: Window[] = [];
  let endsAt = now;
  for (const window of standing) {
    if (window.start > endsAt) break;
    joined.push(window);
    endsAt = Math.max(endsAt, window.end);
  }
  return joined.length === 0 ? undefined : { windows: joined, endsAt };
}

/** One line on a maintenance under way, e.g. `aws is in maintenance until Tue 2026-12-01 18:00 PST: power`. */
export function maintenanceLine(site: string, { windows, endsAt }: Maintenance, zone: string): string {
  const reasons = [...new Set(windows.map(({ reason }) => reason))].join('; ');
  return `${site} is in maintenance until ${zoned(endsAt, zone)}: ${reasons}`;
}

/** When a maintenance is, as typed. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Longest maintenance that is taken for meant, in milliseconds. */
const LONGEST_MS = 60 * 24 * 3600_000;
const EXAMPLE = '2026-12-01 06:00 to 18:00, or 2026-12-01 06:00 to 2026-12-02 08:00';
const SPAN =
  /^(\d{4})-(\d{2})-(\d{2})[ T](\d{1,2}):(\d{2}) (?:to|until|-|–) (?:(\d{4})-(\d{2})-(\d{2})[ T])?(\d{1,2}):(\d{2})$/i;

/**
 * Reads `2026-12-01 06:00 to 18:00` in the zone of a site. An end without a date is on the day of the start. Of a time
 * that comes twice, the start means the earlier and the end the later, so that the window covers what was meant
 * either way.
 * @throws OpsError('usage.argument') for another form, a time that does not exist, an end before its start
 */
export function parseSpan(text: string, zone: string): Span {
  const fields = SPAN.exec(text.trim().replace(/\s+/g, ' '))?.slice(1);
  if (fields === undefined)
    throw new OpsError('usage.argument', `got "${text.slice(0, 80)}", expected a time such as ${EXAMPLE}`);
  const [year, month, day, hour, minute, ...rest] = fields.map((field) =>
    field ? Number(field) : undefined,
  );
  const [endYear = year, endMonth = month, endDay = day, endHour, endMinute] = rest;
  const from = wall(year, month, day, hour, minute);
  const to = wall(endYear, endMonth, endDay, endHour, endMinute);
  const start = instantOf(from, zone, 'earlier');
  const end = instantOf(to, zone, 'later');
  if (end <= start)
    throw new OpsError(
      'usage.argument',
      `the maintenance would end ${zoned(end, zone)}, expected after its start ${zoned(start, zone)}`,
      { next: `Give the day of the end as well, e.g. ${EXAMPLE}.` },
    );
  if (end - start > LONGEST_MS)
    throw new OpsError(
      'usage.argument',
      `the maintenance would take ${Math.round((end - start) / 86_400_000)} days, expected at most ${LONGEST_MS / 86_400_000}`,
    );
  return { start, end };
}

function wall(year = 0, month = 0, day = 0, hour = 0, minute = 0): WallTime {
  return { year, month, day, hour, minute };
}

/** The day a window begins, as part of its name, e.g. `20261201`. */
export function dayOf(instant: number, zone: string): string {
  const { year, month, day } = wallTime(instant, zone);
  return `${year}${String(month).padStart(2, '0')}${String(day).padStart(2, '0')}`;
}
