import { type Said, saidIn } from './fence.ts';

/** Parts a stream into its first line, which the script says, and the bytes of the log that follow. */
export interface HeaderSplit {
  push(chunk: Uint8Array): void;
  readonly said: Said | undefined;
}

export function createHeaderSplit(
  token: string,
  onHeader: (said: Said) => void,
  onRest: (chunk: Uint8Array) => void,
): HeaderSplit {
  let pending = Buffer.alloc(0);
  let said: Said | undefined;
  return {
    push(chunk) {
      if (said !== undefined) return onRest(chunk);
      pending = Buffer.concat([pending, chunk]);
      const newline = pending.indexOf(0x0a);
      if (newline < 0) return;
      said = saidIn(pending.toString('utf8', 0, newline), token) ?? { word: '', text: '' };
      onHeader(said);
      onRest(pending.subarray(newline + 1));
      pending = Buffer.alloc(0);
    },
    get said() {
      return said;
    },
  };
}
