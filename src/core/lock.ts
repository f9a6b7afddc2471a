import type { Action, ActionRequest, Caller } from './request.ts';
import { zoned } from './zone.ts';

/** Stands for every site or every deployment in a lock. */
export const ALL = 'all';

/** That somebody wants a target left alone. Instants are milliseconds since the epoch. */
export interface Lock {
  /** Name of a site, or `all`. */
  readonly site: string;
  /** Name of a deployment, or `all`. */
  readonly deployment: string;
  readonly reason: string;
  readonly owner: Caller;
  readonly since: number;
  /** Exclusive: at this instant it has ended. */
  readonly until: number;
}

/** What somebody else than the owner may not do. */
const REFUSED: readonly Action[] = ['deploy', 'rollback', 'start', 'stop', 'restart'];

/** What a lock is on; two locks of one name are about the same. */
export function lockName({ site, deployment }: Pick<Lock, 'site' | 'deployment'>): string {
  return `${deployment}/${site}`;
}

/** The standing locks on a target, the one that ends last first. */
export function locksOn(
  locks: readonly Lock[],
  target: Pick<Lock, 'site' | 'deployment'>,
  now: number,
): readonly Lock[] {
  return locks
    .filter(
      ({ site, deployment, until }) =>
        until > now &&
        (site === ALL || target.site === ALL || site === target.site) &&
        (deployment === ALL || target.deployment === ALL || deployment === target.deployment),
    )
    .sort((a, b) => b.until - a.until);
}

/**
 * The lock that forbids an action to a caller: somebody else's. A dry run changes nothing and is let in.
 * @param same whether two callers are one person
 */
export function lockAgainst(
  locks: readonly Lock[],
  request: ActionRequest,
  caller: Caller,
  now: number,
  same: (a: Caller, b: Caller) => boolean,
): Lock | undefined {
  if (request.dryRun || !REFUSED.includes(request.action)) return undefined;
  return locksOn(locks, request, now).find(({ owner }) => !same(owner, caller));
}

/** e.g. `prod at aws is locked by ada until Fri 2026-12-04 18:00 PST: database move`. */
export function lockLine(lock: Lock, zone: string): string {
  return `${lockedThing(lock)} is locked by ${lock.owner.name} until ${zoned(lock.until, zone)}: ${lock.reason}`;
}

/** e.g. `prod at aws`, `every deployment at aws`, `prod at every site`. */
export function lockedThing({ site, deployment }: Pick<Lock, 'site' | 'deployment'>): string {
  const what = deployment === ALL ? 'every deployment' : deployment;
  return `${what} at ${site === ALL ? 'every site' : site}`;
}
