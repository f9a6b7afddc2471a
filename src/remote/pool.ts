import { OpsError } from '../core/errors.ts';
import type { Script } from '../core/script.ts';
import type { Access } from '../core/target.ts';
import type { Connector, RunOptions, RunResult } from '../core/transport.ts';
import { explained } from './certificate.ts';
import type { Connection } from './channel.ts';
import { createLine, type Line } from './line.ts';
import { connectOpenssh } from './openssh-transport.ts';
import { unreachable } from './ssh-errors.ts';
import { connectSsh2, type SshOptions } from './ssh2-transport.ts';

export interface ConnectorOptions extends SshOptions {
  /** A connection without anything to do is closed after this long; default 5 minutes. */
  readonly idleMs?: number;
  /** Scripts that run side by side on one connection; default 8, as a server allows 10 sessions unless told otherwise. */
  readonly channels?: number;
}

/**
 * Gives connections, by ssh2 or by the system's OpenSSH as each access asks. A login is shared by all who have the
 * same access, opened again when it was dropped, and closed when it has been idle.
 */
export function createConnector(options: ConnectorOptions = {}): Connector {
  const { idleMs = 300_000, channels = 8 } = options;
  const lines = new Map<string, Promise<Line>>();
  const timers = new Map<string, NodeJS.Timeout>();
  let ending = false;

  function lineTo(access: Access): Promise<Line> {
    const key = keyOf(access);
    const known = lines.get(key);
    if (known !== undefined) return known;
    if (ending) return Promise.reject(unreachable(access, 'this process is ending'));
    const opening = dial(access, options).then((connection) => createLine(connection, channels));
    lines.set(key, opening);
    const forget = () => {
      if (lines.get(key) === opening) lines.delete(key);
    };
    opening.then((line) => line.closed.then(forget), forget);
    return opening;
  }

  /** Starts the time after which a line that nobody uses is closed. */
  function rest(access: Access, line: Line): void {
    const key = keyOf(access);
    clearTimeout(timers.get(key));
    if (line.users > 0 || line.over) return;
    const timer = setTimeout(() => {
      if (line.users > 0) return;
      lines.delete(key);
      void line.close();
    }, idleMs);
    timer.unref();
    timers.set(key, timer);
  }

  async function run(access: Access, script: Script, given: RunOptions): Promise<RunResult> {
    for (let again = true; ; again = false) {
      const line = await unlessAborted(lineTo(access), given.signal);
      try {
        return await line.run(access, script, given);
      } catch (error) {
        // The line had died unnoticed and nothing was sent: a new one does as well.
        const unsent = error instanceof OpsError && error.code === 'site.unreachable';
        if (!(unsent && line.over && again)) throw error;
      } finally {
        rest(access, line);
      }
    }
  }

  return {
    async connect(access, signal) {
      rest(access, await unlessAborted(lineTo(access), signal));
      return { run: (script, given) => run(access, script, given), close: async () => undefined };
    },
    async close() {
      ending = true;
      for (const timer of timers.values()) clearTimeout(timer);
      const opened = await Promise.allSettled(lines.values());
      lines.clear();
      await Promise.all(opened.map((line) => (line.status === 'fulfilled' ? line.value.close() : undefined)));
    },
  };
}

async function dial(access: Access, options: SshOptions): Promise<Connection> {
  if (access.transport !== 'openssh') return connectSsh2(access, options);
  try {
    return await connectOpenssh(access, options);
  } catch (error) {
    throw await explained(access, error, Date.now());
  }
}

/** What two accesses must have in common to share a login; the account to become is chosen script by script. */
function keyOf(access: Access): string {
  return JSON.stringify({ ...access, become: undefined, expect: undefined });
}

/** @throws the signal's reason when it is aborted first. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  // Whoever else waits for the same thing still gets it; here nobody is left to hear of its failure.
  promise.catch(() => undefined);
  signal.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    const give = () => reject(signal.reason);
    signal.addEventListener('abort', give, { once: true });
    stop = () => signal.removeEventListener('abort', give);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    stop();
  }
}
