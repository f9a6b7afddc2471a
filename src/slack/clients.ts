import { WebClient, type WebClientOptions } from '@slack/web-api';
import type { Logger } from 'pino';
import { reveal, type Word } from '../core/secret.ts';
import { boltLogger } from './bolt-logger.ts';

/**
 * Two clients: `interactive` answers people and gives up soon; `progress` edits messages, never tries again by itself
 * and leaves the pacing to the reporter. Neither waits out a limit of the rate: that would stop all its calls, and the
 * person who asked would wait for what is not about them.
 */
export interface Clients {
  readonly interactive: WebClient;
  readonly progress: WebClient;
}

/**
 * @param apiUrl base URL of the Web API, ending in `/`; Slack's own when absent
 * @param limits how long Slack may take for one answer, in milliseconds
 */
export function createClients(
  token: Word,
  apiUrl: string | undefined,
  logger: Logger,
  limits: { readonly interactive?: number; readonly progress?: number } = {},
): Clients {
  const common: WebClientOptions = {
    logger: boltLogger(logger),
    rejectRateLimitedCalls: true,
    ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
  };
  return {
    interactive: new WebClient(reveal(token), {
      ...common,
      timeout: limits.interactive ?? 5_000,
      retryConfig: { retries: 2, minTimeout: 300, maxTimeout: 1_000 },
    }),
    progress: new WebClient(reveal(token), {
      ...common,
      timeout: limits.progress ?? 15_000,
      retryConfig: { retries: 0 },
    }),
  };
}
