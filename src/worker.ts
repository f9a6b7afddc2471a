import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { Config } from './config/config.ts';
import { loadSecrets, withSecrets } from './config/secrets.ts';
import { createRedactor } from './core/redact.ts';
import type { Secret } from './core/secret.ts';
import { targetsOf } from './queue/targets.ts';
import { startWorkers } from './queue/workers.ts';
import { createConnector } from './remote/pool.ts';
import { createHandlers } from './run/handlers.ts';

export interface WorkerOptions {
  readonly redisUrl: string;
  readonly secretsFile: string;
  /** Socket of the SSH agent, for sites without an identity file. */
  readonly agentSocket?: string;
  readonly config: Config;
  /** Sites this process serves. */
  readonly sites: readonly string[];
  readonly logger: Logger;
  /** Told of secrets as they are read, so that the log can mask them. */
  onSecrets(secrets: readonly Secret[]): void;
}

/** A process of ours that was started. */
export interface Started {
  /** Ends it in order. Steps under way go on at their sites and are followed by the next worker. */
  close(): Promise<void>;
}

/**
 * Starts the worker: jobs in, plans executed. It holds SSH keys and site secrets, and no Slack token. Secrets are
 * read anew for each run, so that a rotated one needs no restart; a file that cannot be used fails the start.
 */
export async function startWorker(options: WorkerOptions): Promise<Started> {
  const { redisUrl, secretsFile, agentSocket, config, sites, logger, onSecrets } = options;
  const known = new Set<Secret>();
  const read = async () => {
    const secrets = await loadSecrets(secretsFile, { sites });
    for (const secret of secrets.all) known.add(secret);
    onSecrets(secrets.all);
    return secrets;
  };
  await read();
  const connector = createConnector({
    ...(agentSocket === undefined ? {} : { agentSocket }),
    warn: (message) => logger.warn(message),
  });
  const handlers = createHandlers({
    config,
    connector,
    logger,
    worker: `${hostname()}:${process.pid}`,
    now: Date.now,
    secure: async (target) => withSecrets(target, await read()),
  });
  const scrub = (text: string) => createRedactor([...known]).text(text);
  const workers = await startWorkers({
    redisUrl,
    sites,
    targets: targetsOf(config),
    handlers,
    logger,
    scrub,
  });
  await workers.ready;
  logger.info({ sites }, 'worker ready');
  return {
    async close() {
      await workers.close();
      await connector.close();
      logger.info('worker ended');
    },
  };
}
