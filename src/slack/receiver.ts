import type { IncomingMessage, ServerResponse } from 'node:http';
import { type App, HTTPReceiver, isValidSlackRequest, type Receiver } from '@slack/bolt';
import type { Logger } from 'pino';
import { reveal, type Word } from '../core/secret.ts';
import { createMemoryOnce } from '../queue/once.ts';
import { boltLogger } from './bolt-logger.ts';
import type { Route } from './front.ts';

/** Path of Slack's requests. */
export const EVENTS_PATH = '/slack/events';
/** A timestamp further in the future than this, in seconds, is no clock that runs a little fast. */
const MAX_FUTURE_SEC = 60;
/** How long a request is remembered, in seconds: longer than its signature is valid. */
export const REPLAY_SEC = 600;
/** Largest body that is read, in bytes; Slack's are far smaller. */
const MAX_BODY = 1024 * 1024;

export interface ReceiverOptions {
  readonly signingSecret: Word;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds since some moment, whatever becomes of the time of day. */
  elapsed(): number;
}

/**
 * Bolt's HTTP receiver behind a door of our own: Bolt refuses wrong signatures and old timestamps, but takes
 * timestamps from the future and the same request twice. Only this process's memory is asked whether it came before, as
 * nothing may stand between a request and its acknowledgement: what a repetition would do once more in another process,
 * its listener keeps from happening by the trigger, which all processes share.
 */
export class GuardedReceiver implements Receiver {
  readonly #options: ReceiverOptions;
  readonly #inner: HTTPReceiver;
  readonly #seen: ReturnType<typeof createMemoryOnce>;
  readonly route: Route = (request, response) => {
    if (request.method !== 'POST' || request.url?.split('?')[0] !== EVENTS_PATH) return false;
    this.#receive(request, response).catch((error: unknown) => {
      this.#options.logger.error({ err: error }, 'a request of Slack could not be handled');
      if (!response.headersSent) response.writeHead(500).end();
    });
    return true;
  };

  constructor(options: ReceiverOptions) {
    this.#options = options;
    this.#seen = createMemoryOnce(() => options.elapsed());
    this.#inner = new HTTPReceiver({
      signingSecret: reveal(options.signingSecret),
      endpoints: EVENTS_PATH,
      logger: boltLogger(options.logger),
    });
  }

  init(app: App): void {
    this.#inner.init(app);
  }

  /** Nothing to do: {@link route} is served by the bot's own server. */
  async start(): Promise<void> {}
  async stop(): Promise<void> {}

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request, response);
    if (body === undefined) return;
    const timestamp = Number(request.headers['x-slack-request-timestamp']);
    const signature = String(request.headers['x-slack-signature'] ?? '');
    const refusal = this.#refusal(body, timestamp, signature);
    if (refusal !== undefined) {
      this.#options.logger.warn({ reason: refusal }, 'a request was refused');
      response.writeHead(401, { 'content-type': 'text/plain' }).end(refusal);
      return;
    }
    if (!(await this.#seen.first(signature, REPLAY_SEC))) {
      this.#options.logger.warn('a request came twice and was dropped');
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(
          JSON.stringify({ response_type: 'ephemeral', text: 'This request came twice; it was run once.' }),
        );
      return;
    }
    // Bolt takes a body that was read already from this property, and verifies it again.
    this.#inner.requestListener(Object.assign(request, { rawBody: body }), response);
  }

  #refusal(body: Buffer, timestamp: number, signature: string): string | undefined {
    if (signature === '' || !Number.isSafeInteger(timestamp)) return 'the request is not signed';
    const now = this.#options.now();
    if (timestamp - now / 1000 > MAX_FUTURE_SEC) return 'the request is from the future';
    const valid = isValidSlackRequest({
      signingSecret: reveal(this.#options.signingSecret),
      body: body.toString(),
      headers: { 'x-slack-signature': signature, 'x-slack-request-timestamp': timestamp },
      nowMilliseconds: now,
    });
    return valid ? undefined : 'the signature is wrong or too old';
  }
}

async function readBody(request: IncomingMessage, response: ServerResponse): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size > MAX_BODY) {
      response.writeHead(413, { connection: 'close' }).end();
      request.destroy();
      return undefined;
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
