import type { Readable, Writable } from 'node:stream';

/** How the far end said that a command ended; without code and signal nothing was said. */
export interface ChannelEnd {
  readonly code?: number;
  /** With its prefix, e.g. `SIGKILL`. */
  readonly signal?: string;
  /** Why nothing was said, e.g. `keepalive timeout`. */
  readonly reason?: string;
  /** Set when the server turned the channel down after all: nothing was sent over it. */
  readonly refused?: string;
}

/** One command being run over a connection. */
export interface Channel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles once, when no more output can come; never rejects. */
  readonly ended: Promise<ChannelEnd>;
  /** Lets go of the channel; what runs on the site is not ended by this. */
  close(): void;
}

/** A login to one host, over which commands can be run side by side. */
export interface Connection {
  /** Rejects with OpsError `site.unreachable` when the connection is gone, with {@link ChannelRefused} when only the channel was refused. */
  open(command: string): Promise<Channel>;
  /** Resolves with the reason when the connection is over, for whatever cause. */
  readonly closed: Promise<string>;
  close(): Promise<void>;
}

/** The server allows no further channel on this connection at the moment. */
export class ChannelRefused extends Error {}
