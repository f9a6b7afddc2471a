import type { Logger } from 'pino';

/** Tells the log what goes wrong between a process and Redis. */
export interface Trouble {
  /** The connection was lost, or could not be made again. */
  lost(): void;
  /** The connection is there, for the first time or again. */
  back(): void;
  /** An error that a queue's own connection raised. */
  tell(error: unknown, queue: string): void;
}

/**
 * Makes a {@link Trouble}. While Redis is away each thing is told once: dozens of queues have connections of their
 * own, and each of them repeats its complaint several times a second for as long as that lasts.
 * @param place which Redis, without its password
 */
export function createTrouble(logger: Logger, place: string): Trouble {
  const said = new Set<string>();
  let state: 'new' | 'there' | 'away' = 'new';
  return {
    lost() {
      if (state !== 'away')
        logger.warn({ redis: place }, 'no connection to Redis: tried again until it is there');
      state = 'away';
    },
    back() {
      if (state === 'away') logger.info({ redis: place }, 'connection to Redis is back');
      state = 'there';
      said.clear();
    },
    tell(error, queue) {
      const message = error instanceof Error ? error.message : String(error);
      if (state !== 'there' && said.has(message)) return;
      said.add(message);
      logger.warn({ error: told(error), queue }, 'queue');
    },
  };
}

/** An error for the log without the command that raised it, whose arguments may be Redis' own password. */
export function told(error: unknown): object | string {
  return error instanceof Error ? { message: error.message, stack: error.stack } : String(error);
}
