import { WebClient, type WebClientOptions } from '@slack/web-api';
import type { Logger } from 'pino';
import { reveal, type Word } from '../core/secret.ts';
import { boltLogger } from './bolt-logger.ts';

/**
 * Two clients, because one answer 429 stops a client's whole queue: `interactive` answers people and gives up soon;
 * `progress` edits messages, never waits by itself and leaves the pacing to the reporter.
 */
export interface Clients {
  readonly interactive: WebClient;
  readonly progress: WebClient;
}

/** @param apiUrl base URL of the Web API, ending in `/`; Slack's own when absent */
export function createClients(token: Word, apiUrl: string | undefined, logger: Logger): Clients {
  const common: WebClientOptions = {
    logger: boltLogger(logger),
    ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
  };
  return {
    interactive: new WebClient(reveal(token), {
      ...common,
      timeout: 5_000,
      retryConfig: { retries: 2, minTimeout: 300, maxTimeout: 1_000 },
    }),
    progress: new WebClient(reveal(token), {
      ...common,
      timeout: 15_000,
      rejectRateLimitedCalls: true,
      retryConfig: { retries: 0 },
    }),
  };
}
