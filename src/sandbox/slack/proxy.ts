import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ApiRules, likeSlack, ownAnswer, recordEffect, withPlainChannel } from './api.ts';
import { type ApiCall, bodyOf, callOf, parsed, recordOf, stringOf } from './call.ts';
import type { Faults } from './faults.ts';
import type { Rates } from './rates.ts';
import type { MessageRecord } from './record.ts';
import type { SocketMode } from './socket.ts';
import type { Views } from './views.ts';

export interface ProxyParts {
  /** Base URL of the emulator underneath, without a slash at its end. */
  readonly upstream: string;
  /** What the emulator calls itself in its answers; {@link url} is put in its place. */
  readonly advertised: string;
  /** Our own base URL. */
  readonly url: string;
  readonly rules: ApiRules;
  readonly faults: Faults;
  readonly rates: Rates;
  readonly record: MessageRecord;
  readonly socket: SocketMode;
  readonly views: Views;
  /** Id of a channel that is named by id or name. */
  channelId(name: string): string;
}

/** Serves `/api/METHOD` and uploads: own rules and faults first, then the emulator underneath. */
export async function serveApi(
  parts: ProxyParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = request.url ?? '/';
  const body = await bodyOf(request);
  const contentType = request.headers['content-type'] ?? '';
  if (!path.startsWith('/api/')) return pass(parts, request, response, body);
  const method = path.slice('/api/'.length).split('?')[0] ?? '';
  parts.record.note(`${method} ${body.toString('utf8')}`);
  const call = withPlainChannel(callOf(method, contentType, body.toString('utf8')));
  parts.rates.note(method, stringOf(call.args['channel']), Date.now());
  const fault = parts.faults.next(method);
  if (fault?.kind === 'rate-limited') {
    response.writeHead(429, { 'retry-after': String(fault.retryAfterSec) }).end();
    return;
  }
  if (fault?.kind === 'status') {
    response.writeHead(fault.status).end();
    return;
  }
  if (fault?.kind === 'cut') return void response.destroy();
  // Whoever asked gives up in the end and closes the connection.
  if (fault?.kind === 'hang') return;
  if (fault?.kind === 'error') return answer(response, { ok: false, error: fault.error });
  if (method === 'apps.connections.open')
    return answer(response, parts.socket.connection(request.headers.authorization));
  const closed = parts.faults.closed(parts.channelId(stringOf(call.args['channel'])));
  if (closed !== undefined) return answer(response, { ok: false, error: closed });
  const result =
    parts.views.answer(call) ??
    ownAnswer(call, parts.rules) ??
    likeSlack(call, await forward(parts, request, call));
  if (result['ok'] === true) recordEffect(call, result, parts.record);
  if (fault?.kind === 'lost') response.destroy();
  else answer(response, result);
}

async function forward(
  parts: ProxyParts,
  request: IncomingMessage,
  call: ApiCall,
): Promise<Record<string, unknown>> {
  const form = new URLSearchParams(
    Object.entries(call.args).map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
  const result = await fetch(`${parts.upstream}/api/${call.method}`, {
    method: 'POST',
    headers: {
      authorization: request.headers.authorization ?? '',
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: form.toString(),
  });
  return recordOf(parsed((await result.text()).replaceAll(parts.advertised, parts.url)));
}

async function pass(
  parts: ProxyParts,
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
): Promise<void> {
  const result = await fetch(`${parts.upstream}${request.url ?? '/'}`, {
    method: request.method ?? 'GET',
    headers: { 'content-type': request.headers['content-type'] ?? 'application/octet-stream' },
    ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
  });
  parts.record.note(body.toString('utf8'));
  const file = /^\/upload\/v1\/(\w+)/.exec(request.url ?? '')?.[1];
  if (file !== undefined) parts.record.uploaded(file, body.toString('utf8'));
  response.writeHead(result.status).end(Buffer.from(await result.arrayBuffer()));
}

function answer(response: ServerResponse, body: Record<string, unknown>): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
