import type { Command } from 'commander';
import type { Logger } from 'pino';
import { loadConfig } from '../config/config.ts';
import { fromInside } from '../config/inside.ts';
import type { Settings } from '../config/settings.ts';
import { sitesAround, sitesToServe } from '../config/worker-sites.ts';
import { EXIT } from '../core/errors.ts';
import type { Secret } from '../core/secret.ts';
import { createLogger } from '../log.ts';
import { within } from '../queue/within.ts';
import { neededSettings } from './needed.ts';

/** A part of the program that runs until it is told to end. */
interface Started {
  close(): Promise<void>;
}

/** `bot`, `worker`, `start` (both), `sandbox` and `demo`: what stays up. */
export function addProcesses(program: Command): void {
  program
    .command('bot')
    .description('Slack in, jobs out: holds the Slack tokens')
    .action(async () => {
      const settings = neededSettings(['redis', 'slack']);
      await stayUp('bot', settings, (log) => bot(settings, log));
    });
  program
    .command('worker')
    .description('jobs in, plans executed: holds SSH keys and site secrets')
    .action(async () => {
      const settings = neededSettings(['redis', 'secrets']);
      await stayUp('worker', settings, (log, remember) => worker(settings, log, remember));
    });
  program
    .command('sandbox')
    .description('all seven sites on this machine; prints one JSON line with its endpoints and stays up')
    .option('--dir <dir>', 'folder of the sandbox (default: $JAWS_OPS_SANDBOX, else .sandbox)')
    .action(async (options: { dir?: string }) => {
      const { runSandbox } = await import('../sandbox/sandbox.ts');
      const { defaultFolder } = await import('../sandbox/folder.ts');
      await runSandbox({ dir: options.dir ?? defaultFolder(process.env) }, (line) => console.log(line));
    });
  program
    .command('demo')
    .description('the whole product on one machine, with a prompt for /jaws commands')
    .option('--once <text>', 'run this command without a terminal; may be repeated', collect, [])
    .option('--dir <dir>', 'folder of the sandbox (default: $JAWS_OPS_SANDBOX, else .sandbox)')
    .action(async (options: { once: string[]; dir?: string }) => {
      const { runDemo } = await import('../sandbox/demo.ts');
      const { defaultFolder } = await import('../sandbox/folder.ts');
      const code = await runDemo({ dir: options.dir ?? defaultFolder(process.env), once: options.once });
      // A command that was under way when somebody pressed Ctrl-C still asks a Redis that is gone.
      process.exit(code);
    });
}

/** Bot and worker in one process, for small installations. */
export async function startBoth(): Promise<void> {
  const settings = neededSettings(['redis', 'slack', 'secrets']);
  await stayUp('start', settings, async (log, remember) => {
    const first = await worker(settings, log, remember);
    try {
      const second = await bot(settings, log);
      return { close: async () => void (await Promise.all([first.close(), second.close()])) };
    } catch (error) {
      await first.close();
      throw error;
    }
  });
}

const collect = (value: string, before: string[]) => [...before, value];

async function bot(
  settings: Settings & Required<Pick<Settings, 'redisUrl' | 'slack'>>,
  logger: Logger,
): Promise<Started> {
  const { startBot } = await import('../bot.ts');
  const { redisUrl, slack, port, webToken, configDir } = settings;
  return startBot({
    redisUrl,
    slack,
    port,
    ...(webToken === undefined ? {} : { webToken }),
    config: loadConfig(configDir),
    logger,
  });
}

async function worker(
  settings: Settings & Required<Pick<Settings, 'redisUrl' | 'secretsFile'>>,
  logger: Logger,
  onSecrets: (secrets: readonly Secret[]) => void,
): Promise<Started> {
  const { startWorker } = await import('../worker.ts');
  const { redisUrl, secretsFile, agentSocket, configDir } = settings;
  const loaded = loadConfig(configDir);
  const config = fromInside(loaded, sitesAround(settings, loaded.sites));
  return startWorker({
    redisUrl,
    secretsFile,
    ...(agentSocket === undefined ? {} : { agentSocket }),
    config,
    sites: sitesToServe(settings, config.sites),
    logger,
    onSecrets,
  });
}

/** Longest that a process may take to end, in milliseconds: whoever has told it to ends it by force after 30 s. */
const END_LIMIT_MS = 25_000;

/** Runs a process until SIGINT or SIGTERM; a second signal ends it at once. */
async function stayUp(
  name: string,
  settings: Settings,
  start: (logger: Logger, remember: (secrets: readonly Secret[]) => void) => Promise<Started>,
): Promise<void> {
  const secrets = new Set<Secret>(settings.secrets);
  const logger = createLogger({ level: settings.logLevel, name, secrets: () => secrets });
  const signalled = new Promise<string>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal));
  });
  const starting = start(logger, (found) => {
    for (const secret of found) secrets.add(secret);
  });
  // A worker waits for a Redis that is away as long as it takes, and has to end all the same when it is told to.
  const started = await Promise.race([starting, signalled.then(() => undefined)]).catch((error: unknown) => {
    // What a start that failed has left open must not keep a process that does nothing.
    setTimeout(() => process.exit(), END_LIMIT_MS).unref();
    throw error;
  });
  logger.info({ signal: await signalled }, 'ending');
  const inOrder = await endInOrder(started, logger, END_LIMIT_MS);
  // A Redis that is away would keep the queue's connections trying, and this process with them, for ever.
  logger.flush(() => process.exit(inOrder ? EXIT.done : EXIT.failed));
}

/**
 * Ends what was started. What does not end is left behind by the end of the process: steps under way go on at their
 * sites, and the next worker takes them up.
 * @param limitMs how long it may take
 * @returns whether it has ended, in time and without an error
 */
export async function endInOrder(
  started: Started | undefined,
  logger: Pick<Logger, 'error'>,
  limitMs: number,
): Promise<boolean> {
  let failed = false;
  const ending = (async () => started?.close())().catch((error: unknown) => {
    failed = true;
    logger.error({ err: error }, 'not ended in order');
  });
  const inTime = await within(limitMs, ending);
  if (!inTime) logger.error({ limitMs }, 'not ended in time');
  return inTime && !failed;
}
