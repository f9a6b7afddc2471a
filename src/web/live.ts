import type { ServerResponse } from 'node:http';
import type { Html } from './html.ts';

/** Parts of a page by the `id` of their element. */
export type Regions = ReadonlyMap<string, Html>;

/** How often a silent connection says that it is there, in milliseconds: proxies cut those that say nothing. */
const BEAT_MS = 15_000;
/** Bytes that may wait for a slow reader before its connection is cut; it comes back and gets the whole again. */
const MOST_WAITING = 1024 * 1024;

/** Sends what has changed of a page to one browser, as server-sent events. */
export interface Live {
  /** Sends those regions that differ from what was sent before. */
  show(regions: Regions): void;
}

/**
 * Opens a stream of server-sent events. Each event's data is one JSON object of element ids and their new content.
 * @param gone called once when the browser is gone
 */
export function openLive(response: ServerResponse, gone: () => void): Live {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    // Asks a reverse proxy to pass each event on at once.
    'x-accel-buffering': 'no',
  });
  response.write('retry: 3000\n\n');
  const sent = new Map<string, string>();
  const beat = setInterval(() => write(': here\n\n'), BEAT_MS);
  beat.unref();
  response.once('close', () => {
    clearInterval(beat);
    gone();
  });

  function write(text: string): void {
    if (response.writableLength > MOST_WAITING) response.destroy();
    else if (!response.destroyed) response.write(text);
  }

  return {
    show(regions) {
      const changed = [...regions].filter(([id, { text }]) => sent.get(id) !== text);
      if (changed.length === 0) return;
      for (const [id, { text }] of changed) sent.set(id, text);
      const data = Object.fromEntries(changed.map(([id, { text }]) => [id, text]));
      write(`data: ${JSON.stringify(data)}\n\n`);
    },
  };
}
