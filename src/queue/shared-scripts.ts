import { Redis } from 'ioredis';

/** What ioredis keeps of the scripts of one connection; its pipelines look there as well. */
const SCRIPTS = {};

/** Where connections find their scripts. The function of a script finds its connection by `this`: one serves all. */
const SHARED: object = Object.create(Redis.prototype, {
  defineCommand: {
    value(this: Redis, ...[name, definition]: Parameters<Redis['defineCommand']>) {
      if (name in SHARED) return;
      Redis.prototype.defineCommand.call(this, name, definition);
      for (const own of [name, `${name}Buffer`]) {
        Object.defineProperty(SHARED, own, { value: Reflect.get(this, own) });
        Reflect.deleteProperty(this, own);
      }
    },
  },
  duplicate: {
    value(this: Redis, ...changes: Parameters<Redis['duplicate']>) {
      return sharingScripts(Redis.prototype.duplicate.apply(this, changes));
    },
  },
});

/**
 * Lets a connection and its duplicates share their Lua scripts with all others. BullMQ gives each connection its 64
 * scripts, and ioredis keeps closures and a class per script and connection: of a worker with a thousand queues, each
 * of which has a connection that waits for jobs and needs none of them, that is more than everything else.
 */
export function sharingScripts(redis: Redis): Redis {
  Object.setPrototypeOf(redis, SHARED);
  Reflect.set(redis, 'scriptsSet', SCRIPTS);
  return redis;
}
