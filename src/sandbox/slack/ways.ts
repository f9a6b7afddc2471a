import { createHmac } from 'node:crypto';
import type { Acknowledged, Envelope, SocketMode } from './socket.ts';

/** What Slack has to say to the app, before it is put in the form of its way. */
export type Saying = Pick<Envelope, 'type' | 'payload'>;

/** A signed request to the bot, ready to be sent as it is or again. */
export interface SignedRequest {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** How something gets to the app: the saying as an envelope, or as the request made of it. */
export type Way = (saying: Saying, request: SignedRequest) => Promise<Acknowledged>;

/** Signed requests to the bot's events URL. */
export function overHttp(eventsUrl: string): Way {
  return async (_, request) => {
    const response = await deliver(eventsUrl, request);
    return { status: response.status, body: await response.text() };
  };
}

/** Envelopes through the connection that the bot has opened. */
export function overSocket(socket: SocketMode): Way {
  return ({ type, payload }) => socket.deliver(type, payload);
}

/** The form that Slack posts: a command's fields one by one, an interaction as one JSON text. */
export function formOf({ type, payload }: Saying): URLSearchParams {
  if (type === 'interactive') return new URLSearchParams({ payload: JSON.stringify(payload) });
  return new URLSearchParams(
    Object.entries(payload).map(([name, value]): [string, string] => [name, String(value)]),
  );
}

/** Signs a body as Slack does. `timestamp` in seconds since the epoch. */
export function signed(body: string, secret: string, timestamp: number): SignedRequest {
  const signature = `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
  return {
    body,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': String(timestamp),
      'x-slack-signature': signature,
    },
  };
}

/** Posts a request as it is. */
export function deliver(url: string, request: SignedRequest): Promise<Response> {
  return fetch(url, { method: 'POST', headers: { ...request.headers }, body: request.body });
}
