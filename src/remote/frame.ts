/** The begin line announces the session of the script's shell, the end line its exit code. */
export interface FrameReader {
  /** Bytes that belong to the script, out of a chunk of what the channel gave. */
  push(chunk: Uint8Array): Uint8Array;
  /** What is still held back when the stream ends without an end line. */
  rest(): Uint8Array;
  /** Session (and process group) of the shell on the site, once the begin line was seen. */
  readonly session: number | undefined;
  /** Exit code of the script, once the end line was seen. */
  readonly code: number | undefined;
  /** What came before the begin line, at most 4 KiB: banners, or the reason why there is no begin line. */
  readonly before: string;
}

const BEFORE_LIMIT = 4096;

/** Cuts a script's own output out of a stream framed by `token`; see bootstrap.ts. */
export function createFrameReader(token: string): FrameReader {
  const begin = Buffer.from(`${token} begin `);
  const end = Buffer.from(`${token} end `);
  let pending: Buffer = Buffer.alloc(0);
  let before = '';
  let session: number | undefined;
  let code: number | undefined;

  function takeBegin(): void {
    const at = pending.indexOf(begin);
    const newline = at < 0 ? -1 : pending.indexOf(0x0a, at);
    if (newline >= 0) {
      keepBefore(pending.subarray(0, at));
      session = Number(pending.toString('latin1', at + begin.length, newline));
      pending = pending.subarray(newline + 1);
    } else if (at < 0 && pending.length > begin.length) {
      const cut = pending.length - begin.length;
      keepBefore(pending.subarray(0, cut));
      pending = pending.subarray(cut);
    }
  }

  function keepBefore(bytes: Buffer): void {
    before = (before + bytes.toString('utf8')).slice(-BEFORE_LIMIT);
  }

  function takeOutput(): Uint8Array {
    const at = pending.indexOf(end);
    if (at >= 0) {
      const newline = pending.indexOf(0x0a, at);
      const output = pending.subarray(0, at);
      if (newline >= 0) code = Number(pending.toString('latin1', at + end.length, newline));
      pending = newline >= 0 ? Buffer.alloc(0) : pending.subarray(at);
      return output;
    }
    // Only a tail that could be the start of an end line is held back, so that output is not late.
    const held = heldBack(pending, end);
    const output = pending.subarray(0, pending.length - held);
    pending = pending.subarray(pending.length - held);
    return output;
  }

  return {
    push(chunk) {
      if (code !== undefined) return new Uint8Array();
      pending = pending.length === 0 ? Buffer.from(chunk) : Buffer.concat([pending, chunk]);
      if (session === undefined) takeBegin();
      return session === undefined ? new Uint8Array() : takeOutput();
    },
    rest() {
      const rest = pending;
      pending = Buffer.alloc(0);
      if (session !== undefined) return rest;
      keepBefore(rest);
      return new Uint8Array();
    },
    get session() {
      return session;
    },
    get code() {
      return code;
    },
    get before() {
      return before;
    },
  };
}

/** Length of the longest tail of `bytes` that is a start of `mark`. */
function heldBack(bytes: Buffer, mark: Buffer): number {
  for (let length = Math.min(bytes.length, mark.length); length > 0; length--) {
    if (mark.subarray(0, length).equals(bytes.subarray(bytes.length - length))) return length;
  }
  return 0;
}
