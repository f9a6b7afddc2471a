import { dayOf, type Window } from '../core/window.ts';
import type { Reservation } from '../plan/looks/reservations.ts';

/** What a look at the reservations of a site changes in its windows. */
export interface Changes {
  readonly added: readonly Window[];
  readonly changed: readonly Window[];
}

/** Who a window found by a look is said to be from. */
const FOUND_BY = 'the scheduler';

/**
 * Brings the windows of a site in line with its reservations. Pure. One whose times changed moves its window; one that
 * is gone calls its window off, or ends it when it has begun. A window that a person called off stays so until its
 * reservation moves.
 * @param now milliseconds since the epoch
 */
export function reconcile(
  site: string,
  zone: string,
  pattern: string,
  windows: readonly Window[],
  reservations: readonly Reservation[],
  now: number,
): Changes {
  const matching = reservations.filter(({ line, end }) => new RegExp(pattern, 'i').test(line) && end > now);
  const known = windows.filter(
    (window) => window.site === site && window.source === 'reservation' && window.end > now,
  );
  const added: Window[] = [];
  const changed: Window[] = [];
  const kept = new Set<string>();
  for (const { name, start, end } of matching) {
    const window = known.find(({ id, reservation }) => reservation === name && !kept.has(id));
    if (window === undefined) {
      added.push(found(site, zone, name, start, end, now));
      continue;
    }
    kept.add(window.id);
    if (window.start === start && window.end === end) continue;
    const { cancelledAt: _at, cancelledBy: _by, ...standing } = window;
    changed.push({ ...standing, start, end, revision: window.revision + 1, changedAt: now });
  }
  for (const window of known) {
    if (kept.has(window.id) || window.cancelledAt !== undefined) continue;
    changed.push(
      window.start > now
        ? { ...window, cancelledAt: now, cancelledBy: FOUND_BY }
        : { ...window, end: now, revision: window.revision + 1, changedAt: now },
    );
  }
  return { added, changed };
}

function found(site: string, zone: string, name: string, start: number, end: number, now: number): Window {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40);
  return {
    // The same for every process that finds it; a second one of the name on one day is told apart by its time.
    id: `${site}-${dayOf(start, zone)}-${slug}-${Math.floor(start / 60_000).toString(36)}`,
    site,
    start,
    end,
    reason: `Slurm reservation ${name}`,
    source: 'reservation',
    reservation: name,
    createdBy: FOUND_BY,
    createdAt: now,
    revision: 1,
    changedAt: now,
  };
}
