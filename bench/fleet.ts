import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../src/config/config.ts';
import { createJobs, type RedisJobs } from '../src/queue/jobs.ts';
import { targetsOf } from '../src/queue/targets.ts';
import { freePort } from '../src/sandbox/free-port.ts';
import { childrenOf, programOf } from '../src/sandbox/process.ts';
import { type RedisServer, startRedis } from '../src/sandbox/redis.ts';
import { type SlackEmulator, startSlack } from '../src/sandbox/slack/emulator.ts';
import { startSshd, type TestSshd } from '../test/fixtures/sshd.ts';
import type { Elsewhere } from './elsewhere.ts';
import { fleetNames, writeFleet } from './fleet-configuration.ts';
import { CLI, type Program, ready, startProgram } from './programs.ts';
import { undoing } from './undo.ts';

/** Who types the commands. */
const PERSON = 'ada';
const SSHDS = 4;

/** The whole product with many made-up sites: bot and worker in processes of their own, as in production. */
export interface Fleet {
  readonly sites: readonly string[];
  readonly slack: SlackEmulator;
  readonly redis: RedisServer;
  readonly jobs: RedisJobs;
  readonly bot: Program;
  readonly worker: Program;
  /** How the sites, which are other machines, keep from taking the CPU of the bot and the worker, in words. */
  readonly sitesAre: string;
  /** Connections that the sshds serve. */
  sshConnections(): number;
  close(): Promise<void>;
}

/** Starts a fleet from `dist/`, with its sites in this place, which ends with it; ready when the bot sees the workers. */
export function startFleet(siteCount: number, away: Elsewhere): Promise<Fleet> {
  return undoing(async (undo) => {
    const dir = mkdtempSync(join(tmpdir(), 'jaws-ops-fleet-'));
    undo.push(() => rmSync(dir, { recursive: true, force: true }));
    const slack = await startSlack({ users: [PERSON], channels: fleetNames(siteCount) });
    undo.push(() => slack.close());
    const redis = await startRedis(join(dir, 'redis'));
    undo.push(() => redis.kill());
    undo.push(() => away.close());
    const sshds: TestSshd[] = [];
    for (let i = 0; i < SSHDS; i++) {
      const sshd = await startSshd();
      sshds.push(sshd);
      undo.push(() => sshd.remove());
    }
    away.add(childrenOf(process.pid).filter((pid) => programOf(pid) === 'sshd'));
    const people = [slack.users[PERSON] ?? PERSON];
    const { configDir, secretsFile, sites } = writeFleet(dir, siteCount, sshds, people);
    const port = await freePort();
    const env = {
      REDIS_URL: redis.url,
      JAWS_OPS_CONFIG: configDir,
      JAWS_OPS_SECRETS: secretsFile,
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_SIGNING_SECRET: slack.signingSecret,
      SLACK_API_URL: slack.apiUrl,
      PORT: String(port),
      NODE_ENV: 'production',
    };
    const worker = startProgram([...CLI, 'worker'], env, join(dir, 'worker.log'));
    undo.push(() => worker.stop());
    const bot = startProgram([...CLI, 'bot'], env, join(dir, 'bot.log'));
    undo.push(() => bot.stop());
    await ready(`http://127.0.0.1:${port}/readyz`, [bot, worker]);
    slack.connect(`http://127.0.0.1:${port}`);
    const targets = targetsOf(loadConfig(configDir));
    const jobs = createJobs({ redisUrl: redis.url, targets, now: Date.now });
    undo.push(() => jobs.close());
    return {
      ...{ sitesAre: away.how, sites, slack, redis, jobs, bot, worker, close: undo.close },
      sshConnections: () => sshds.reduce((total, sshd) => total + sshd.connections().length, 0),
    };
  });
}
