/** A Slurm reservation that concerns the job. Times are the site's own, as milliseconds; never compared with ours. */
interface Reservation {
  readonly name: string;
  readonly start: number;
  readonly end?: number;
  readonly startText: string;
  readonly endText: string;
  readonly maintenance: boolean;
}

/** What the reservations mean for a job that would be submitted now. */
export interface Outlook {
  /** Why the job must not be submitted; absent when it may. */
  readonly refusal?: string;
  /** Minutes it may last at most, before the next maintenance less the buffer. */
  readonly leftMin?: number;
  /** Reservations whose start cannot be read. */
  readonly unreadable: readonly string[];
}

/** What has begun and lasts longer than this reserves nodes for good, unless its flags call it a maintenance. */
const STANDING_MS = 7 * 24 * 3_600_000;

/**
 * Judges the output of `scontrol show reservation --oneliner`: the earliest matching reservation that is yet to begin
 * counts, whatever the order of the lines, and a maintenance that is under way.
 * @param now the site's clock as `YYYY-MM-DDTHH:MM:SS` in its own time zone, which is also that of the reservations.
 */
export function outlookOf(
  lines: readonly string[],
  now: string,
  words: readonly string[],
  bufferMin: number,
): Outlook {
  const clock = instant(now) ?? 0;
  const matching = lines.filter((line) => words.some((word) => line.includes(word)));
  const unreadable: string[] = [];
  const known = matching.flatMap((line): Reservation[] => {
    const read = parse(line);
    if (typeof read !== 'string') return [read];
    unreadable.push(read);
    return [];
  });
  const current = known.filter(({ end }) => end === undefined || end > clock);
  const begun = current.find((one) => one.start <= clock && !isStanding(one));
  if (begun) return { unreadable, refusal: `reservation ${begun.name} lasts until ${begun.endText}` };
  const [next] = current.filter(({ start }) => start > clock).sort((a, b) => a.start - b.start);
  if (!next) return { unreadable };
  const leftMin = Math.floor((next.start - clock) / 60_000) - bufferMin;
  if (leftMin > 0) return { unreadable, leftMin };
  return {
    unreadable,
    refusal: `reservation ${next.name} begins at ${next.startText}, in less than ${bufferMin} minutes`,
  };
}

function isStanding({ start, end, maintenance }: Reservation): boolean {
  return !maintenance && (end === undefined || end - start > STANDING_MS);
}

/** The reservation of a line, or its name when its start cannot be read. */
function parse(line: string): Reservation | string {
  const field = (name: string) => new RegExp(`(?:^|\\s)${name}=(\\S*)`).exec(line)?.[1] ?? '';
  const name = field('ReservationName');
  const startText = field('StartTime');
  const endText = field('EndTime');
  const start = instant(startText);
  const end = instant(endText);
  if (start === undefined) return `${name} (${startText || 'no start'})`;
  const maintenance = field('Flags').split(',').includes('MAINT');
  return { name, start, startText, endText, maintenance, ...(end === undefined ? {} : { end }) };
}

function instant(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(text)) return undefined;
  const parsed = Date.parse(`${text}Z`);
  return Number.isNaN(parsed) ? undefined : parsed;
}
