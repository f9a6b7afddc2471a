import type { Script } from '../core/script.ts';
import type { Access } from '../core/target.ts';
import type { RunOptions, RunResult } from '../core/transport.ts';
import { type Channel, ChannelRefused, type Connection } from './channel.ts';
import { exchange } from './exchange.ts';
import { createLanes, type Lanes } from './lanes.ts';
import { unreachable } from './ssh-errors.ts';

/** One login that is shared by all who have the same access, with as many scripts at once as its server allows. */
export interface Line {
  /** As {@link exchange}; rejects with `site.unreachable` only when nothing was sent. */
  run(access: Access, script: Script, options: RunOptions): Promise<RunResult>;
  /** Scripts that run or wait. */
  readonly users: number;
  /** True once the connection is gone. */
  readonly over: boolean;
  readonly closed: Promise<string>;
  close(): Promise<void>;
}

/** Channels kept free for ending scripts that ran out of time. */
const RESERVE = 2;

export function createLine(connection: Connection, channels: number): Line {
  const lanes = createLanes(channels);
  const reserve = createLanes(RESERVE);
  let users = 0;
  let over = false;
  void connection.closed.then(() => {
    over = true;
  });

  async function openIn(limit: Lanes, command: string, signal?: AbortSignal): Promise<Channel> {
    const leave = await limit.enter(signal);
    try {
      const channel = await connection.open(command);
      void channel.ended.then(leave);
      return channel;
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Runs it again, later, when the server turns out to allow fewer sessions than we open. */
  async function runWhenAllowed(access: Access, script: Script, options: RunOptions): Promise<RunResult> {
    const open = (command: string) => openIn(lanes, command, options.signal);
    const openReserve = (command: string) => openIn(reserve, command);
    for (let alone = 0; ; ) {
      try {
        return await exchange({ access, open, openReserve }, script, options);
      } catch (error) {
        if (!(error instanceof ChannelRefused)) throw error;
        if (over) throw unreachable(access, error);
        if (lanes.busy === 0 && ++alone > 2)
          throw unreachable(access, `it refuses any session (${error.message})`);
        lanes.narrow();
      }
    }
  }

  return {
    async run(access, script, options) {
      users++;
      try {
        return await runWhenAllowed(access, script, options);
      } finally {
        users--;
      }
    },
    get users() {
      return users;
    },
    get over() {
      return over;
    },
    closed: connection.closed,
    close: () => connection.close(),
  };
}
