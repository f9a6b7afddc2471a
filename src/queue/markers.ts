import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';

/** What BullMQ leaves in a queue's marker, a sorted set, to say that there is something to do. */
export interface Marker {
  readonly member: string;
  /** 0 for a job that waits, else the time of the next one that was put aside. */
  readonly score: number;
}

/** The wait for the markers of many queues on one connection. */
export interface Markers {
  /**
   * Takes the marker at a key as soon as there is one. Resolves with null after a time in milliseconds, or when
   * woken. One at a time may wait for a key.
   */
  wait(key: string, timeoutMs: number): Promise<Marker | null>;
  /** Lets whoever waits for a key look for a job without a marker; says whether anybody does. */
  wake(key: string): boolean;
  /** Ends the wait for a key: it rejects, as that of a closed connection does. */
  leave(key: string): void;
  close(): void;
}

/** It must stay below the time after which a silent connection is given up. */
const BLOCK_SEC = 20;
/** How long a call is kept that nobody hears, as its process has ended. */
const CALL_TTL_MS = 60_000;
const AGAIN_MS = 200;
/** How ioredis, and thus BullMQ, says that a connection was given up. */
const CLOSED = 'Connection is closed.';

interface Waiting {
  settle(marker: Marker | null): void;
  fail(error: Error): void;
}

/**
 * Waits for the markers of some queues with one blocking command. (A BullMQ worker has a connection of its own to wait
 * for its one queue.) The command names only queues whose worker has nothing to do, so that no marker is taken from
 * another process that has; when there is one more, a call on a key of our own, which the command names as well, ends it.
 * @param redis for what must not block
 * @param ear a connection of its own; its owner closes it
 * @param callKey a key that no other process uses
 * @param onError told when Redis refuses something
 */
export function createMarkers(
  redis: Redis,
  ear: Redis,
  callKey: string,
  onError: (error: unknown) => void,
): Markers {
  const waiting = new Map<string, Waiting>();
  /** Keys of the command under way. */
  let asked: ReadonlySet<string> = new Set();
  let following = false;
  let called = false;
  let closed = false;

  async function follow(): Promise<void> {
    while (!closed) {
      asked = new Set(waiting.keys());
      called = false;
      try {
        const found = await ear.bzpopmin(...asked, callKey, BLOCK_SEC);
        if (found !== null) take(found[0], { member: found[1], score: Number(found[2]) });
      } catch (error) {
        if (closed) return;
        onError(error);
        await delay(AGAIN_MS);
      }
    }
  }

  function take(key: string, marker: Marker): void {
    if (key === callKey) return;
    const one = waiting.get(key);
    if (one !== undefined) one.settle(marker);
    // Its worker has turned to something else since: whoever waits for the queue next must find it.
    else void redis.zadd(key, marker.score, marker.member).catch(onError);
  }

  function call(): void {
    if (closed || called || [...waiting.keys()].every((key) => asked.has(key))) return;
    called = true;
    const commands = redis.pipeline().zadd(callKey, 0, '0').pexpire(callKey, CALL_TTL_MS);
    const unheard = (error: unknown) => {
      called = false;
      onError(error);
    };
    commands.exec().then((answers) => {
      for (const [error] of answers ?? []) if (error !== null) unheard(error);
    }, unheard);
  }

  // A Redis that came back without its data has forgotten the call.
  ear.on('ready', () => {
    called = false;
    call();
  });

  return {
    wait(key, timeoutMs) {
      if (closed) return Promise.reject(new Error(CLOSED));
      const marker = new Promise<Marker | null>((resolve, reject) => {
        const end = () => {
          clearTimeout(timer);
          waiting.delete(key);
        };
        const timer = setTimeout(() => {
          end();
          resolve(null);
        }, timeoutMs);
        waiting.set(key, {
          settle(found) {
            end();
            resolve(found);
          },
          fail(error) {
            end();
            reject(error);
          },
        });
      });
      if (!following) {
        following = true;
        // Begun in the next turn, with all that come to wait in this one.
        setImmediate(() => void follow());
      } else if (!asked.has(key)) setImmediate(call);
      return marker;
    },
    wake(key) {
      const one = waiting.get(key);
      one?.settle(null);
      return one !== undefined;
    },
    leave(key) {
      waiting.get(key)?.fail(new Error(CLOSED));
    },
    close() {
      closed = true;
      for (const key of [...waiting.keys()]) waiting.get(key)?.fail(new Error(CLOSED));
    },
  };
}
