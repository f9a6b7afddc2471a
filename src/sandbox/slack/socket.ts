import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { parsed, recordOf, stringOf } from './call.ts';

/**
 * An app has this long to acknowledge, in milliseconds. Slack gives it 3 s (source: its reference on slash commands);
 * the app shares its machine with the workspace here, and with whatever else goes on there.
 */
const ACK_MS = 60_000;
const LINK_PATH = '/link/';

/** What Slack sends through a socket; a redelivery has the same id and content. */
export interface Envelope {
  readonly envelope_id: string;
  readonly type: 'slash_commands' | 'interactive' | 'events_api';
  readonly accepts_response_payload: true;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What the app made of a delivery, as an HTTP status with a body whichever way it took. */
export interface Acknowledged {
  readonly status: number;
  readonly body: string;
}

/**
 * Stands in for Slack's Socket Mode: `apps.connections.open` and the WebSocket it leads to. It greets, delivers
 * envelopes and takes their acknowledgements as Slack's documentation describes; how often and why Slack itself ends a
 * connection is up to the test.
 */
export class SocketMode {
  readonly appToken = 'xapp-sandbox-token';
  /** Every envelope in the order of sending. */
  readonly sent: Envelope[] = [];
  readonly #url: string;
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #tickets = new Set<string>();
  readonly #sockets = new Set<WebSocket>();
  readonly #waiting = new Map<string, (acknowledged: Acknowledged) => void>();
  #greeted = 0;

  /** @param url base URL of the workspace, of the scheme `http:` */
  constructor(url: string) {
    this.#url = url.replace(/^http/, 'ws');
  }

  /** How many connections are open now. */
  get open(): number {
    return this.#sockets.size;
  }

  /** How many connections have been greeted since the start. */
  get greeted(): number {
    return this.#greeted;
  }

  /** Answers `apps.connections.open`: with an address that works once, or with why there is none. */
  connection(authorization: string | undefined): Record<string, unknown> {
    const token = authorization?.replace(/^Bearer /, '') ?? '';
    if (token === '') return { ok: false, error: 'not_authed' };
    if (token.startsWith('xoxb-')) return { ok: false, error: 'not_allowed_token_type' };
    if (token !== this.appToken) return { ok: false, error: 'invalid_auth' };
    const ticket = randomUUID();
    this.#tickets.add(ticket);
    return { ok: true, url: `${this.#url}${LINK_PATH}?ticket=${ticket}&app_id=A000000001` };
  }

  /** Takes the upgrade of a request to such an address; closes any other. */
  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.#url);
    if (pathname !== LINK_PATH || !this.#tickets.delete(searchParams.get('ticket') ?? '')) {
      stream.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    this.#server.handleUpgrade(request, stream, head, (socket) => this.#greet(socket));
  }

  /** Sends an envelope through one of the connections; resolves at its acknowledgement, or when that is overdue. */
  deliver(type: Envelope['type'], payload: Envelope['payload']): Promise<Acknowledged> {
    return this.send({ envelope_id: randomUUID(), type, accepts_response_payload: true, payload });
  }

  /** Sends an envelope as it is, e.g. one of {@link sent} again. */
  send(envelope: Envelope): Promise<Acknowledged> {
    const socket = [...this.#sockets].at(-1);
    if (socket === undefined) return Promise.resolve({ status: 503, body: 'dispatch_failed' });
    this.sent.push(envelope);
    return new Promise((resolve) => {
      const settle = (acknowledged: Acknowledged) => {
        clearTimeout(overdue);
        this.#waiting.delete(envelope.envelope_id);
        resolve(acknowledged);
      };
      const overdue = setTimeout(() => settle({ status: 504, body: 'operation_timeout' }), ACK_MS);
      this.#waiting.set(envelope.envelope_id, settle);
      socket.send(JSON.stringify(envelope));
    });
  }

  /** Asks the app to leave its connections, as Slack does with each after some hours. */
  recycle(reason: 'warning' | 'refresh_requested' | 'link_disabled' = 'refresh_requested'): void {
    for (const socket of this.#sockets)
      socket.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'sandbox' } }));
  }

  /** Cuts every connection without a word. */
  cut(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  #greet(socket: WebSocket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.terminate());
    socket.on('message', (data) => this.#acknowledged(textOf(data)));
    this.#greeted += 1;
    socket.send(
      JSON.stringify({
        type: 'hello',
        num_connections: this.#sockets.size,
        connection_info: { app_id: 'A000000001' },
        debug_info: { host: 'sandbox', approximate_connection_time: 18_060 },
      }),
    );
  }

  #acknowledged(text: string): void {
    const { envelope_id: id, payload } = recordOf(parsed(text));
    const content = recordOf(payload);
    const body = Object.keys(content).length === 0 ? '' : JSON.stringify(content);
    this.#waiting.get(stringOf(id))?.({ status: 200, body });
  }
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return (Buffer.isBuffer(data) ? data : Buffer.from(data)).toString('utf8');
}
