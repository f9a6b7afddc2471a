import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/config.ts';
import { createJobs, type RedisJobs } from '../../src/queue/jobs.ts';
import { targetsOf } from '../../src/queue/targets.ts';
import { freePort } from '../../src/sandbox/free-port.ts';
import type { SiteHandle } from '../../src/sandbox/site.ts';
import { type SlackEmulator, startSlack } from '../../src/sandbox/slack/emulator.ts';
import { startWorld, type World } from '../../src/sandbox/world.ts';
import { projectConfig } from '../fixtures/product.ts';
import { type Program, program } from './programs.ts';
import { hookSteps, ownFileSystem, type StepHook } from './step-hook.ts';

/** Where the target of the matrix is installed at its site. */
export const BASE = '/home/ec2-user/jaws-install';
export const INSTALL = `${BASE}/aws-dev`;
/** Room for five releases and the supervisor's own environment, and little more. */
const ROOM = '400m';

/** One site, Redis and Slack in this process; bot and worker each in a process of its own, as in production. */
export interface Stage {
  readonly world: World;
  readonly site: SiteHandle;
  readonly slack: SlackEmulator;
  readonly bot: Program;
  readonly worker: Program;
  /** Another worker of the same site; down until started. */
  readonly secondWorker: Program;
  readonly jobs: RedisJobs;
  readonly steps: StepHook;
  /** Where a path of the site is for this process. */
  path(inside: string): string;
  remove(): Promise<void>;
}

/**
 * @param change edits the configuration before anything reads it
 * @throws OpsError system.part
 */
export async function setStage(change: (configDir: string) => void = () => undefined): Promise<Stage> {
  const dir = mkdtempSync(join(tmpdir(), 'jaws-ops-faults-'));
  const undo: (() => Promise<unknown>)[] = [async () => rmSync(dir, { recursive: true, force: true })];
  const remove = async () => {
    for (const end of undo.splice(0).reverse()) await end();
  };
  try {
    const configFrom = projectConfig(dir, ['aws']);
    change(configFrom);
    const world = await startWorld({ dir: join(dir, 'sandbox'), sites: ['aws'], configFrom });
    undo.push(() => world.stop('cut'));
    const site = world.site('aws');
    await ownFileSystem(site, BASE, ROOM);
    const config = loadConfig(world.configDir);
    const channels = Object.values(config.site('aws').channels);
    const users = ['ada', 'grace'];
    const slack = await startSlack({ users, channels, groups: { S000OPERATORS: users } });
    undo.push(() => slack.close());
    const jobs = createJobs({ redisUrl: world.redisUrl, targets: targetsOf(config), now: Date.now });
    undo.push(() => jobs.close());
    const port = await freePort();
    const common = { REDIS_URL: world.redisUrl, JAWS_OPS_CONFIG: world.configDir, HOME: dir };
    const bot = program({
      name: 'bot',
      log: join(dir, 'bot.log'),
      env: {
        ...common,
        SLACK_BOT_TOKEN: slack.botToken,
        SLACK_SIGNING_SECRET: slack.signingSecret,
        SLACK_API_URL: slack.apiUrl,
        PORT: String(port),
      },
      ready: async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok,
    });
    const aWorker = (name: string) =>
      program({
        name: 'worker',
        log: join(dir, `${name}.log`),
        env: { ...common, JAWS_OPS_SECRETS: world.secretsFile, WORKER_SITES: 'aws' },
        ready: async () => (await jobs.workers()).includes('aws'),
      });
    const worker = aWorker('worker');
    const secondWorker = aWorker('second-worker');
    for (const each of [bot, worker, secondWorker]) undo.push(() => each.end('SIGKILL'));
    await Promise.all([bot.start(), worker.start()]);
    slack.connect(`http://127.0.0.1:${port}`);
    return {
      world,
      site,
      slack,
      bot,
      worker,
      secondWorker,
      jobs,
      steps: await hookSteps(site),
      path: (inside) => `/proc/${site.pid}/root${inside}`,
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
