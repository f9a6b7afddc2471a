import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { Config } from './config/config.ts';
import { loadSecrets, withSecrets } from './config/secrets.ts';
import { createKnownSecrets } from './core/known-secrets.ts';
import type { Secret } from './core/secret.ts';
import type { Connector } from './core/transport.ts';
import { targetsOf } from './queue/targets.ts';
import { startWorkers, type WorkersOptions } from './queue/workers.ts';
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
  /** Told of each secret when it is first read, so that the log can mask it. */
  onSecrets(secrets: readonly Secret[]): void;
  /** The way to the sites, closed with the worker; by SSH when absent. */
  readonly connector?: Connector;
  /** The time that runs and checks go by, in milliseconds since the epoch; the machine's when absent. */
  now?(): number;
  /** How soon a job that gives no sign of life is taken from it; the queue's own when absent. */
  readonly limits?: Pick<WorkersOptions, 'lockMs' | 'lookMs'>;
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
  const { redisUrl, secretsFile, agentSocket, config, sites, logger, onSecrets, now = Date.now } = options;
  const known = createKnownSecrets();
  const read = async () => {
    const secrets = await loadSecrets(secretsFile, { sites });
    onSecrets(known.learn(secrets.all));
    return secrets;
  };
  await read();
  const connector = options.connector ?? createConnector(agentSocket === undefined ? {} : { agentSocket });
  const handlers = createHandlers({
    config,
    connector,
    logger,
    worker: `${hostname()}:${process.pid}`,
    now,
    secure: async (target) => withSecrets(target, await read()),
  });
  const workers = await startWorkers({
    redisUrl,
    sites,
    targets: targetsOf(config),
    handlers,
    logger,
    scrub: (text) => known.redactor.text(text),
    ...options.limits,
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
