import { problemOf } from '../core/errors.ts';
import { ALL, type Lock, lockedThing, locksOn } from '../core/lock.ts';
import type { Notice } from '../core/notice.ts';
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
    const said = await say(parts, `lock-${kind}-${keyOf(lock)}-${at}`, lock, {
      since: at,
      title: `${by.name} has ${done} the lock of ${lock.owner.name} on ${lockedThing(lock)}`,
      next: `It was: ${lock.reason}`,
      concerns: [lock.owner],
    });
    if (said) await jobs.locks.told(news);
  }
  const locks = await jobs.locks.list();
  for (const lock of locks.filter(({ until }) => until <= now())) {
    const said = await say(parts, `lock-over-${keyOf(lock)}-${lock.until}`, lock, {
      since: lock.until,
      title: `The lock of ${lock.owner.name} on ${lockedThing(lock)} has expired`,
      next: `It was: ${lock.reason}. It can be put again with \`/jaws lock\`.`,
      concerns: [lock.owner],
    });
    if (said) await jobs.locks.remove(lock);
  }
  for (const wish of await jobs.locks.wishes()) {
    if (locksOn(locks, wish, now()).length > 0) continue;
    const said = await say(parts, `lock-free-${keyOf(wish)}-${wish.who.id}-${wish.at}`, wish, {
      since: wish.at,
      title: `${wish.who.name}: ${lockedThing(wish)} is free`,
      next: 'Nobody has locked it any more.',
      concerns: [wish.who],
    });
    if (said) await jobs.locks.granted(wish);
  }
}

interface Said extends Pick<Notice, 'since' | 'concerns'> {
  readonly title: string;
  readonly next: string;
}

/**
 * Says it in the channel of the site; what is about every site in the channel of each, once where several share one.
 * @returns whether it stands everywhere
 */
async function say(
  { post, sites, logger, now }: MaintenanceParts,
  id: string,
  { site: where }: Pick<Lock, 'site'>,
  { title, next, ...notice }: Said,
): Promise<boolean> {
  const meant = sites.filter(({ name }) => where === ALL || name === where);
  const places = new Map(meant.map((site) => [site.channel, site]));
  let everywhere = true;
  for (const { name, timezone } of places.values()) {
    try {
      const said = await post({
        ...notice,
        id: where === ALL ? `${id}-${name}` : id,
        site: name,
        topic: 'deploys',
        report: { title, next: `${next} (${zoned(now(), timezone)})` },
      });
      everywhere &&= said;
    } catch (error) {
      // One channel that cannot be written to must not keep the others from being told.
      logger.warn({ site: name, reason: problemOf(error).message }, 'news of a lock are tried again');
      everywhere = false;
    }
  }
  return everywhere;
}

const keyOf = ({ site, deployment }: Pick<Lock, 'site' | 'deployment'>) =>
  targetId(site === ALL ? 'all-sites' : site, deployment);
