import { OpsError } from './errors.ts';

/** A date and a time of day as a calendar and a clock on the wall show them. `month` is 1–12. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
}

/** When the clocks are set back, a time comes twice: which of the two is meant. */
export type Which = 'earlier' | 'later';

const DAY_MS = 24 * 3600_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** What the clocks of an IANA zone show at an instant (milliseconds since the epoch), seconds left out. */
export function wallTime(instant: number, zone: string): WallTime {
  const parts = partsOf(instant, zone);
  const number = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type));
  return {
    year: number('year'),
    month: number('month'),
    day: number('day'),
    hour: number('hour'),
    minute: number('minute'),
  };
}

/**
 * The instant at which the clocks of a zone show a time, in milliseconds since the epoch.
 * @param which of two instants, for a time that comes twice
 * @throws OpsError('usage.argument') for a date that no calendar has and for a time that the clocks skip
 */
export function instantOf(wall: WallTime, zone: string, which: Which): number {
  const asUtc = utcOf(wall);
  const normal = new Date(asUtc);
  if (
    normal.getUTCMonth() + 1 !== wall.month ||
    normal.getUTCDate() !== wall.day ||
    wall.hour > 23 ||
    wall.minute > 59
  )
    throw new OpsError(
      'usage.argument',
      `there is no ${shownWall(wall)}, expected a date such as 2026-12-01 and a time 00:00–23:59`,
    );
  // A day before and a day after lie on either side of any change of the clocks.
  const candidates = [...new Set([asUtc - DAY_MS, asUtc + DAY_MS].map((near) => asUtc - offset(near, zone)))];
  const found = candidates.filter((instant) => utcOf(wallTime(instant, zone)) === asUtc);
  if (found.length > 0) return which === 'earlier' ? Math.min(...found) : Math.max(...found);
  const after = Math.max(...candidates);
  throw new OpsError(
    'usage.argument',
    `${shownWall(wall)} does not exist in ${zone}: the clocks skip it; expected for example ${shownWall(wallTime(after, zone))}`,
  );
}

/** An instant as people of a zone read it, e.g. `Tue 2026-12-01 06:00 PST`. */
export function zoned(instant: number, zone: string): string {
  const parts = partsOf(instant, zone);
  return `${parts.get('weekday')} ${shownWall(wallTime(instant, zone))} ${parts.get('timeZoneName')}`;
}

/** e.g. `2026-12-01 06:00`. */
export function shownWall({ year, month, day, hour, minute }: WallTime): string {
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}`;
}

const two = (value: number) => String(value).padStart(2, '0');

function utcOf({ year, month, day, hour, minute }: WallTime): number {
  return Date.UTC(year, month - 1, day, hour, minute);
}

/** How far the clocks of a zone are ahead of UTC, in milliseconds. */
function offset(instant: number, zone: string): number {
  return utcOf(wallTime(instant, zone)) - Math.floor(instant / 60_000) * 60_000;
}

function partsOf(instant: number, zone: string): Map<Intl.DateTimeFormatPartTypes, string> {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      weekday: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      timeZoneName: 'short',
    });
    formats.set(zone, format);
  }
  return new Map(format.formatToParts(instant).map(({ type, value }) => [type, value]));
}
