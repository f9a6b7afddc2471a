import type { Exit } from './exit.ts';
import type { Script } from './script.ts';
import type { Access } from './target.ts';

export interface RunOptions {
  readonly timeoutMs: number;
  /** `login` = `bash -l`, so that `module` and the account's profile are there; default `sh`. */
  readonly shell?: 'sh' | 'login';
  /** Bytes that the script finds on its stdin. */
  readonly stdin?: Uint8Array;
  /** Called with decoded stdout as it arrives, banners of login shells already removed. */
  readonly onOutput?: (text: string) => void;
  /** The same stdout before it is decoded, for those who count bytes. */
  readonly onBytes?: (chunk: Uint8Array) => void;
  readonly signal?: AbortSignal;
}

export interface RunResult {
  readonly exit: Exit;
  readonly stdout: string;
  readonly stderr: string;
}

/** A connection to one account on one site. Implementations pass the contract suite in test/contract. */
export interface Transport {
  /** Runs one script in one round trip. Resolves for every ending of the script; rejects only when it could not be sent. */
  run(script: Script, options: RunOptions): Promise<RunResult>;
  close(): Promise<void>;
}

/** Gives connections, opening or reusing them. Rejects with OpsError `site.*`, never with a bare network error. */
export interface Connector {
  connect(access: Access, signal?: AbortSignal): Promise<Transport>;
  close(): Promise<void>;
}
