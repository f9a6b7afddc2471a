import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Guard } from './guard.ts';
import type { Route } from './health.ts';

/** Where the dashboard of the queues is. */
export const QUEUES_PATH = '/queues';

/** The dashboard brings styles in its page; it may load its own files and nothing from elsewhere. */
const POLICY = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** `GET /queues` and below: the queues as they are in Redis, for reading only. */
export function createQueuesRoute(guard: Guard, dashboard: RequestListener): Route {
  return (request: IncomingMessage, response: ServerResponse) => {
    const url = request.url ?? '';
    const path = url.split('?')[0] ?? '';
    if (path !== QUEUES_PATH && !path.startsWith(`${QUEUES_PATH}/`)) return false;
    if (!guard(request, response)) return true;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
      return true;
    }
    response.setHeader('content-security-policy', POLICY);
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('referrer-policy', 'no-referrer');
    request.url = url.slice(QUEUES_PATH.length).replace(/^(?!\/)/, '/');
    dashboard(request, response);
    return true;
  };
}
