import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { problemOf } from '../core/errors.ts';
import type { Jobs } from '../queue/api.ts';
import type { Guard } from './guard.ts';

/** Answers a request when it is one of its own, and says whether it was. */
export type Route = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface HealthParts {
  readonly jobs: Pick<Jobs, 'ping' | 'workers'>;
  /** Whether Slack accepted us and, in Socket Mode, is connected. */
  slackOk(): boolean | Promise<boolean>;
  /** Text for `GET /metrics`, see `metrics.ts`. */
  metrics(): Promise<string>;
  /** Asked before `/metrics`, which names targets; the two other pages are for anybody. */
  readonly guard: Guard;
}

/**
 * `GET /healthz`: the process answers. `GET /readyz`: 200 when Redis answers, Slack is there and a worker has been
 * seen, else 503; the JSON body says which of the three it is, so a bot without workers still takes commands and
 * should not be restarted for it. `GET /metrics`: Prometheus text.
 */
export function createHealthRoutes(parts: HealthParts): Route {
  const routes: Readonly<Record<string, (response: ServerResponse, request: IncomingMessage) => void>> = {
    '/healthz': (response) => send(response, 200, { ok: true }),
    '/readyz': (response) => {
      readiness(parts).then(
        (state) => send(response, state.ready ? 200 : 503, state),
        // Anybody may ask: what went wrong is for the log.
        () => send(response, 503, { ready: false }),
      );
    },
    '/metrics': (response, request) => {
      if (!parts.guard(request, response)) return;
      parts.metrics().then(
        (text) => {
          response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
          response.end(text);
        },
        (error) => send(response, 503, { error: problemOf(error).message }),
      );
    },
  };
  return (request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (!route) return false;
    if (request.method === 'GET' || request.method === 'HEAD') route(response, request);
    else send(response, 405, { error: 'use GET' });
    return true;
  };
}

/** What {@link createHealthRoutes} says under `/readyz`. */
export interface Readiness {
  readonly ready: boolean;
  readonly redis: boolean;
  readonly slack: boolean;
  /** Sites for which a worker has been seen. */
  readonly workers: readonly string[];
}

async function readiness(parts: HealthParts): Promise<Readiness> {
  const [redis, slack, workers] = await Promise.all([
    parts.jobs.ping().then(
      () => true,
      () => false,
    ),
    Promise.resolve()
      .then(() => parts.slackOk())
      .catch(() => false),
    parts.jobs.workers().catch(() => []),
  ]);
  return { ready: redis && slack && workers.length > 0, redis, slack, workers };
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

export interface HttpServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * A server of its own for routes, for a bot in Socket Mode.
 * @param port 0 for any free one
 * @throws the error of `listen`, e.g. EADDRINUSE
 */
export async function startHttp(route: Route, port: number, host = '0.0.0.0'): Promise<HttpServer> {
  const server = createServer((request, response) => {
    if (!route(request, response)) send(response, 404, { error: 'no such page' });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  const address = server.address() as AddressInfo;
  return {
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
