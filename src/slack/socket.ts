import { type App, type Receiver, SocketModeReceiver } from '@slack/bolt';
import type { Logger } from 'pino';
import { problemOf } from '../core/errors.ts';
import { reveal, type Word } from '../core/secret.ts';
import { boltLogger } from './bolt-logger.ts';
import type { Clock } from './clock.ts';
import { slackProblem } from './failure.ts';

/** How long Slack may take from the start of a connection to its greeting, in milliseconds. */
const HELLO_MS = 15_000;
/** How long Slack may take to agree to the end of a connection, in milliseconds. */
const GOODBYE_MS = 2_000;
/** Pauses before one attempt after another to get a lost connection back, in milliseconds; the last one repeats. */
const PAUSES_MS = [0, 1_000, 2_000, 5_000, 10_000, 30_000] as const;
/** A connection that was lost sooner than this, in milliseconds, is not sought again at once. */
const STEADY_MS = 10_000;

const NEXT =
  'SLACK_APP_TOKEN has to be an app-level token (xapp-…) with the scope `connections:write`, of an app that has Socket Mode switched on.';

export interface SocketOptions {
  /** `xapp-…` */
  readonly appToken: Word;
  /** Base URL of the Web API; Slack's own when absent. */
  readonly apiUrl?: string;
  readonly logger: Logger;
  readonly clock: Clock;
}

/**
 * Requests of Slack through a WebSocket that the bot opens, so that Slack needs no way in. Bolt's own way back after a
 * loss waits five seconds while commands get no answer, and ends the process when Slack refuses at that moment; here
 * the first attempt is made at once, and they go on until one succeeds.
 */
export class SocketReceiver implements Receiver {
  readonly #inner: SocketModeReceiver;
  readonly #logger: Logger;
  readonly #clock: Clock;
  #connected = false;
  #since = 0;
  #ended = false;
  #unschedule = () => {};

  constructor({ appToken, apiUrl, logger, clock }: SocketOptions) {
    this.#logger = logger;
    this.#clock = clock;
    this.#inner = new SocketModeReceiver({
      appToken: reveal(appToken),
      autoReconnectEnabled: false,
      // What it has to say of connections is said here, once.
      logger: boltLogger(logger.child({}, { level: 'silent' })),
      installerOptions: {
        clientOptions: {
          ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
          timeout: 10_000,
          retryConfig: { retries: 2, minTimeout: 300, maxTimeout: 1_000 },
        },
      },
      async processEventErrorHandler({ error }) {
        logger.error({ err: error }, 'a request of Slack could not be handled');
        return false;
      },
    });
    const { client } = this.#inner;
    client.on('connected', () => {
      this.#connected = true;
      this.#since = clock.elapsed();
    });
    client.on('disconnected', () => this.#lost());
  }

  /** Whether Slack has greeted the connection and it has not been lost since. */
  get connected(): boolean {
    return this.#connected;
  }

  init(app: App): void {
    this.#inner.init(app);
  }

  /** @throws OpsError slack.api when Slack refuses the token, slack.unreachable when there is no connection */
  async start(): Promise<void> {
    await this.#connect();
    this.#logger.info('connected to Slack through Socket Mode');
  }

  async stop(): Promise<void> {
    this.#ended = true;
    this.#unschedule();
    const limit = new AbortController();
    const given = new Promise<void>((resolve) => {
      const cancel = this.#clock.after(GOODBYE_MS, resolve);
      limit.signal.addEventListener('abort', cancel);
    });
    await Promise.race([this.#inner.client.disconnect(), given]);
    limit.abort();
  }

  async #connect(): Promise<void> {
    const { client } = this.#inner;
    const stopWaiting = this.#clock.after(HELLO_MS, () => void client.disconnect());
    try {
      await client.start();
    } catch (error) {
      // The library gives no reason when the connection ended before Slack's greeting.
      const cause = error ?? new Error('the connection ended before Slack greeted it');
      throw slackProblem('apps.connections.open', cause, NEXT);
    } finally {
      stopWaiting();
    }
    if (this.#ended) await client.disconnect();
  }

  #lost(): void {
    // An attempt that fails tells so by itself.
    if (!this.#connected) return;
    this.#connected = false;
    if (this.#ended) return;
    this.#logger.warn('the connection to Slack was lost');
    this.#again(this.#clock.elapsed() - this.#since < STEADY_MS ? 1 : 0);
  }

  #again(failures: number): void {
    const pause = PAUSES_MS[failures] ?? PAUSES_MS[PAUSES_MS.length - 1] ?? 0;
    this.#unschedule = this.#clock.after(pause, () => {
      this.#connect().then(
        () => this.#logger.info('connected to Slack again'),
        (error: unknown) => {
          if (this.#ended) return;
          this.#logger.error({ problem: problemOf(error) }, 'the connection to Slack is not back yet');
          this.#again(failures + 1);
        },
      );
    });
  }
}
