import { ALL, type Lock, lockedThing, locksOn } from '../core/lock.ts';
import type { Caller } from '../core/request.ts';
import { targetId } from '../core/target.ts';
import { zoned } from '../core/zone.ts';
import type { MaintenanceParts } from './parts.ts';

/**
 * Says what there is to say of locks, and forgets what was said: a taken one, one that somebody ended for another, one
 * whose time is over, and to those who asked for it that a target is free.
 */
export async function tellOfLocks(parts: MaintenanceParts): Promise<void> {
  const { jobs, now } = parts;
  for (const news of await jobs.locks.news()) {
    const { kind, lock, by, at } = news;
    const done = kind === 'taken' ? 'taken over' : 'ended';
    const title = `${nameOf(by)} has ${done} the lock of ${nameOf(lock.owner)} on ${lockedThing(lock)}`;
    if (await say(parts, `lock-${kind}-${keyOf(lock)}-${at}`, lock.site, at, title, `It was: ${lock.reason}`))
      await jobs.locks.told(news);
  }
  const locks = await jobs.locks.list();
  for (const lock of locks.filter(({ until }) => until <= now())) {
    const title = `The lock of ${nameOf(lock.owner)} on ${lockedThing(lock)} has expired`;
    const next = `It was: ${lock.reason}. It can be put again with \`/jaws lock\`.`;
    if (await say(parts, `lock-over-${keyOf(lock)}-${lock.until}`, lock.site, lock.until, title, next))
      await jobs.locks.remove(lock);
  }
  for (const wish of await jobs.locks.wishes()) {
    if (locksOn(locks, wish, now()).length > 0) continue;
    const title = `${nameOf(wish.who)}: ${lockedThing(wish)} is free`;
    const id = `lock-free-${keyOf(wish)}-${wish.who.id}-${wish.at}`;
    if (await say(parts, id, wish.site, wish.at, title, 'Nobody has locked it any more.'))
      await jobs.locks.granted(wish);
  }
}

/** Says it in the channel of the site; what is about every site goes to the first one's. */
async function say(
  { post, sites, now }: MaintenanceParts,
  id: string,
  where: string,
  since: number,
  title: string,
  next: string,
): Promise<boolean> {
  const site = sites.find(({ name }) => name === where) ?? sites[0];
  if (site === undefined) return true;
  const at = `${zoned(now(), site.timezone)}`;
  return post({ id, site: site.name, topic: 'deploys', since, report: { title, next: `${next} (${at})` } });
}

/** A mention in Slack is markup and a report holds none: people are told by their names. */
function nameOf({ name }: Caller): string {
  return name;
}

const keyOf = ({ site, deployment }: Pick<Lock, 'site' | 'deployment'>) =>
  targetId(site === ALL ? 'all-sites' : site, deployment);
