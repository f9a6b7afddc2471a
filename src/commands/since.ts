import { OpsError } from '../core/errors.ts';
import { instantOf } from '../core/zone.ts';
import { shown } from './words.ts';

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3600_000, d: 86_400_000, w: 604_800_000 };
const DATE = /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{1,2}):(\d{2}))?$/;

/**
 * The instant that a word such as `12h`, `30d`, `2026-11-01` or `2026-11-01 14:00` means, in milliseconds since the
 * epoch: so long ago, or a time on the clocks of a zone.
 * @param day what a date without a time means: its first instant, or the first one after it
 * @throws OpsError('usage.flag') for another form
 */
export function instantMeant(
  flag: string,
  text: string,
  { zone, now, day }: { readonly zone: string; readonly now: number; readonly day: 'start' | 'end' },
): number {
  const word = text.trim();
  const [, count, unit = ''] = /^(\d{1,5})\s*([mhdw])$/i.exec(word) ?? [];
  if (count !== undefined) return now - Number(count) * (UNITS[unit.toLowerCase()] ?? 0);
  const fields = DATE.exec(word);
  if (fields === null)
    throw new OpsError(
      'usage.flag',
      `--${flag}: got ${shown(text)}, expected a time such as 12h, 30d, 2026-11-01 or "2026-11-01 14:00"`,
    );
  const [year = 0, month = 0, date = 0, hour, minute] = fields
    .slice(1)
    .map((field) => (field === undefined ? undefined : Number(field)));
  const wall = { year, month, day: date, hour: hour ?? 0, minute: minute ?? 0 };
  const instant = instantOf(wall, zone, day === 'start' ? 'earlier' : 'later');
  if (hour !== undefined || day === 'start') return instant;
  const next = new Date(Date.UTC(year, month - 1, date + 1));
  return instantOf(
    { ...wall, year: next.getUTCFullYear(), month: next.getUTCMonth() + 1, day: next.getUTCDate() },
    zone,
    'later',
  );
}
