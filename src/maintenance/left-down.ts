import type { Intention } from '../core/intention.ts';
import { targetId } from '../core/target.ts';
import { activeAt, type Window } from '../core/window.ts';

/** A target that a failed run left down and that nobody has decided on. */
export interface LeftDown {
  readonly key: string;
  readonly intention: Intention & Required<Pick<Intention, 'left'>>;
  /** The moment it became due, in milliseconds since the epoch. */
  readonly since: number;
}

/** Whoever works on it is not disturbed before this, in milliseconds. */
const FIRST_MS = 15 * 60_000;

/**
 * The targets left down that somebody is to be reminded of now: 15 minutes after the run, then every so many hours.
 * Moments that passed unsaid are not made up for, except the latest. During a maintenance nobody is reminded.
 * @param said keys of all that was said before
 * @param hours of a site, the time between two reminders
 */
export function leftDown(
  intentions: readonly Intention[],
  windows: readonly Window[],
  said: ReadonlySet<string>,
  now: number,
  hours: (site: string) => number,
): readonly LeftDown[] {
  return intentions.flatMap((intention) => {
    const { site, deployment, left } = intention;
    if (left === undefined || activeAt(windows, site, now) !== undefined) return [];
    const first = left.at + FIRST_MS;
    if (now < first) return [];
    const everyMs = hours(site) * 3600_000;
    const count = Math.floor((now - first) / everyMs);
    const key = `left/${targetId(site, deployment)}/${left.jobId}/${count}`;
    return said.has(key) ? [] : [{ key, intention: { ...intention, left }, since: first + count * everyMs }];
  });
}
