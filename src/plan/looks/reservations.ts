import { OpsError } from '../../core/errors.ts';
import type { Report } from '../../core/look.ts';
import { join, raw, sh } from '../../core/script.ts';
import type { Target } from '../../core/target.ts';
import { instantOf } from '../../core/zone.ts';
import type { Look } from './look.ts';

/** A reservation of a site's Slurm. Instants are milliseconds since the epoch. */
export interface Reservation {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly flags: string;
  /** The line as Slurm printed it. */
  readonly line: string;
}

const HEAD = ['Name', 'Start', 'End', 'Flags', 'Line'] as const;

/**
 * The reservations that Slurm knows. Times are asked for as seconds since the epoch; where that is not understood they
 * come in the zone of the site, whatever zone its hosts are set to.
 */
export const reservations: Look = {
  name: 'reservations',
  scope: 'site',
  shell: 'login',
  timeoutMs: 60_000,
  ask: ({ target }) => ({
    name: 'reservations',
    script: join([
      sh`TZ=${target.timezone}`,
      raw(`SLURM_TIME_FORMAT=%s
export TZ SLURM_TIME_FORMAT
command -v scontrol >/dev/null 2>&1 || { echo 'no scontrol'; exit 3; }
scontrol show res -o 2>&1 || exit 4
echo 'end of reservations'`),
    ]),
    parse: (stdout, code) => reportOf(target, stdout, code),
  }),
};

function reportOf(target: Target, stdout: string, code: number): Report {
  const { site, timezone } = target;
  if (code === 3)
    throw new OpsError('site.output', `${site}: there is no scontrol, so no reservation can be found`, {
      next: `Remove maintenance.reservationPattern from config/sites/${site}.yaml, or bring Slurm into the account's path.`,
    });
  if (code !== 0 || !stdout.includes('end of reservations')) {
    const said = stdout.trim().split('\n').at(-1) ?? '';
    throw new OpsError('site.output', `${site}: scontrol show res: ${said.slice(0, 200)}`);
  }
  const found = parseReservations(stdout, timezone);
  return {
    title: `Reservations at ${site}: ${found.length === 0 ? 'none' : found.length}`,
    tables: [
      {
        head: HEAD,
        rows: found.map(({ name, start, end, flags, line }) => [
          name,
          new Date(start).toISOString(),
          new Date(end).toISOString(),
          flags,
          line,
        ]),
      },
    ],
  };
}

/** The reservations in an answer of this look; undefined when it is none. */
export function reservationsIn(report: Report): readonly Reservation[] | undefined {
  if (report.problem !== undefined) return undefined;
  return report.tables?.[0]?.rows.map(([name = '', start = '', end = '', flags = '', line = '']) => ({
    name,
    start: Date.parse(start),
    end: Date.parse(end),
    flags,
    line,
  }));
}

/**
 * Reads `scontrol show res -o`: one reservation a line, `Key=value` with blanks between. Lines of another form, such as
 * `No reservations in the system`, and reservations without a start or an end are passed over.
 */
export function parseReservations(text: string, zone: string): readonly Reservation[] {
  return text.split('\n').flatMap((row) => {
    const line = row.trim();
    const name = field(line, 'ReservationName');
    const start = instantIn(field(line, 'StartTime'), zone, 'earlier');
    const end = instantIn(field(line, 'EndTime'), zone, 'later');
    if (name === undefined || start === undefined || end === undefined || end <= start) return [];
    return [{ name, start, end, flags: field(line, 'Flags') ?? '', line }];
  });
}

function field(line: string, key: string): string | undefined {
  return new RegExp(`(?:^|\\s)${key}=(\\S+)`).exec(line)?.[1];
}

/** Seconds since the epoch, or `2026-12-01T06:00:00` on the clocks of the zone. */
function instantIn(text: string | undefined, zone: string, which: 'earlier' | 'later'): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{9,11}$/.test(text)) return Number(text) * 1000;
  const found = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})/.exec(text);
  if (found === null) return undefined;
  const [, year, month, day, hour, minute] = found.map(Number);
  try {
    return instantOf(
      { year: year ?? 0, month: month ?? 0, day: day ?? 0, hour: hour ?? 0, minute: minute ?? 0 },
      zone,
      which,
    );
  } catch {
    return undefined;
  }
}
