/** Output that is kept: the head and the tail of it when it is long. */
export interface Capture {
  push(chunk: Uint8Array): void;
  /** All that was kept as text, with a line between that says how much is missing. */
  text(): string;
  /** Bytes seen, kept or not. */
  readonly size: number;
}

/** Bytes kept of one stream. */
export const CAPTURE_LIMIT = 4 * 1024 * 1024;

/** Keeps at most `limit` bytes, half from the start and half from the end. */
export function createCapture(limit = CAPTURE_LIMIT): Capture {
  const half = Math.floor(limit / 2);
  const head: Buffer[] = [];
  const tail: Buffer[] = [];
  let headSize = 0;
  let tailSize = 0;
  let size = 0;

  function trimTail(): void {
    while (tail[0] !== undefined && tailSize - tail[0].length >= half) {
      tailSize -= tail[0].length;
      tail.shift();
    }
  }

  return {
    push(chunk) {
      // A copy: the view a stream hands out may keep a much larger buffer alive.
      let bytes = Buffer.from(chunk);
      size += bytes.length;
      const room = half - headSize;
      if (room > 0) {
        const part = bytes.subarray(0, room);
        head.push(part);
        headSize += part.length;
        bytes = bytes.subarray(room);
      }
      if (bytes.length === 0) return;
      tail.push(bytes);
      tailSize += bytes.length;
      trimTail();
    },
    text() {
      const start = Buffer.concat(head);
      const end = Buffer.concat(tail);
      const kept = end.subarray(Math.max(0, end.length - half));
      const missing = size - start.length - kept.length;
      if (missing === 0) return Buffer.concat([start, kept]).toString('utf8');
      return `${start.toString('utf8')}\n[… ${missing} bytes left out …]\n${kept.toString('utf8')}`;
    },
    get size() {
      return size;
    },
  };
}
