import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { type Bot, startBot } from '../bot.ts';
import { loadConfig } from '../config/config.ts';
import { loadSettings } from '../config/settings.ts';
import { isFinal } from '../core/run.ts';
import { Secret } from '../core/secret.ts';
import { createLogger } from '../log.ts';
import { createJobs, type RedisJobs } from '../queue/jobs.ts';
import { targetsOf } from '../queue/targets.ts';
import { type Started, startWorker } from '../worker.ts';
import type { Names } from './channel-text.ts';
import { createSandboxClock, type SandboxClock } from './clock.ts';
import { type SlackEmulator, startSlack } from './slack/emulator.ts';
import { startWorld, type World, type WorldOptions } from './world.ts';

/** The people of the sandbox. The shipped policy's operators are a Slack user group; the last one is in none. */
export const PEOPLE = ['ada', 'grace', 'mallory'] as const;
const OPERATORS = ['ada', 'grace'];
/** What each of them may do, for those who choose whom to be. */
export const ROLES = PEOPLE.map((name) => ({
  name,
  about: !OPERATORS.includes(name) ? 'may look' : name === PEOPLE[1] ? 'operator, approves' : 'operator',
}));

/** Who approves what the first of the people has asked for. */
export const APPROVER = PEOPLE[1];

/** How often a worker looks after the jobs it holds, however long nobody takes them from it, in milliseconds. */
const LOOK_MS = 5_000;

/** Everything of the product on this machine: sites, Redis, Slack, bot and worker. */
export interface Product {
  readonly world: World;
  readonly slack: SlackEmulator;
  /** What bot and worker take for the time. Slack, Redis and the sites go by the machine's. */
  readonly clock: SandboxClock;
  /** The asking side of the queue, as the command line has it. */
  readonly jobs: RedisJobs;
  readonly logFile: string;
  /** Ends the bot, or does nothing when it is down. */
  stopBot(): Promise<void>;
  /** Starts a bot, on which the next commands arrive. */
  startBot(): Promise<Bot>;
  /** Lets the bot take a turn of a schedule at once. */
  turn(schedule: string): Promise<void>;
  stopWorker(): Promise<void>;
  /** Starts a worker, which reads the configuration anew. */
  startWorker(): Promise<void>;
  /** Ends everything; how the sites end as {@link World.stop} says. */
  close(how?: 'shutdown' | 'cut'): Promise<void>;
}

/** Names of the workspace's people by id. */
export function namesOf({ slack }: Pick<Product, 'slack'>): Names {
  return new Map(Object.entries(slack.users).map(([name, id]) => [id, name]));
}

export interface ProductOptions extends WorldOptions {
  /** False leaves every turn of a schedule to {@link Product.turn}; default true. */
  readonly takesTurns?: boolean;
  /**
   * How long Slack, Redis and the queue wait for each other and for bot and worker before they give up, in milliseconds;
   * as long as they really do when absent.
   */
  readonly patienceMs?: number;
}

/** @throws OpsError system.part, sandbox.running */
export async function startProduct(options: ProductOptions): Promise<Product> {
  const { patienceMs: patience } = options;
  const undo: ((how: 'shutdown' | 'cut') => Promise<void>)[] = [];
  const close = async (how: 'shutdown' | 'cut' = 'shutdown') => {
    for (const end of undo.splice(0).reverse()) await end(how);
  };
  try {
    const world = await startWorld({ operators: { cli: [loadSettings(process.env).user] }, ...options });
    undo.push((how) => world.stop(how));
    const { redisUrl, secretsFile } = world;
    const config = loadConfig(world.configDir);
    const channels = [...new Set(config.sites.flatMap((site) => Object.values(config.site(site).channels)))];
    const slack = await startSlack({
      users: PEOPLE,
      channels,
      groups: { S000OPERATORS: OPERATORS },
      ...(patience === undefined ? {} : { triggerMs: patience }),
    });
    undo.push(() => slack.close());
    const logFile = join(options.dir, 'product.log');
    const secrets = new Set<Secret>();
    const asking = patience === undefined ? {} : { answerMs: patience, releaseMs: patience };
    const working = patience === undefined ? {} : { lockMs: patience, lookMs: LOOK_MS };
    const destination = createWriteStream(logFile, { flags: 'a', mode: 0o600 });
    const logger = createLogger({ level: 'trace', name: 'sandbox', secrets: () => secrets, destination });
    const clock = createSandboxClock();
    const { now } = clock;
    let bot: Bot | undefined;
    let worker: Started | undefined;
    const product: Product = {
      world,
      slack,
      clock,
      jobs: createJobs({ redisUrl, targets: targetsOf(config), now, ...asking }),
      logFile,
      async stopBot() {
        await bot?.close();
        bot = undefined;
      },
      async startBot() {
        bot = await startBot({
          redisUrl,
          config,
          logger,
          now,
          port: 0,
          host: '127.0.0.1',
          takesTurns: options.takesTurns ?? true,
          limits: asking,
          slack: {
            botToken: new Secret('SLACK_BOT_TOKEN', slack.botToken),
            signingSecret: new Secret('SLACK_SIGNING_SECRET', slack.signingSecret),
            apiUrl: slack.apiUrl,
          },
        });
        slack.connect(`http://127.0.0.1:${bot.port}`);
        return bot;
      },
      async turn(schedule) {
        await bot?.turn(schedule);
      },
      async stopWorker() {
        await worker?.close();
        worker = undefined;
      },
      async startWorker() {
        const current = loadConfig(world.configDir);
        worker = await startWorker({
          redisUrl,
          secretsFile,
          config: current,
          sites: current.sites,
          logger,
          now,
          limits: working,
          onSecrets: (found) => {
            for (const secret of found) secrets.add(secret);
          },
        });
      },
      close,
    };
    undo.push(
      () => product.jobs.close(),
      () => product.stopWorker(),
      () => product.stopBot(),
    );
    await forgetMessages(product.jobs);
    await product.startWorker();
    await product.startBot();
    return product;
  } catch (error) {
    await close();
    throw error;
  }
}

/** The workspace is a new one at each start: what ended before it has no message to be brought up to date. */
async function forgetMessages(jobs: RedisJobs): Promise<void> {
  for (const { state } of await jobs.unshown()) {
    if (isFinal(state)) await jobs.shown(state.jobId, state.seq);
  }
}
