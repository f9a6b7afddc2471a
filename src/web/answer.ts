import type { ServerResponse } from 'node:http';
import type { Html } from './html.ts';

/**
 * What a page of ours may load: its own files, and nothing that stands in the page itself. Frames of other sites may
 * not show it.
 */
const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const SAFE_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** Answers with a whole page. It is never kept: what it says is about now. */
export function sendPage(response: ServerResponse, page: Html): void {
  response.writeHead(200, {
    ...SAFE_HEADERS,
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': POLICY,
    'cache-control': 'no-store',
  });
  response.end(page.text);
}

/** A file of a page, with the type a browser needs to take it. */
export interface Asset {
  readonly type: 'text/css' | 'text/javascript' | 'image/svg+xml';
  readonly content: string;
}

export function sendAsset(response: ServerResponse, { type, content }: Asset): void {
  response.writeHead(200, {
    ...SAFE_HEADERS,
    'content-type': `${type}; charset=utf-8`,
    'cache-control': 'no-cache',
  });
  response.end(content);
}
