import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../src/sandbox/free-port.ts';
import { startRedis } from '../src/sandbox/redis.ts';
import { startSlack } from '../src/sandbox/slack/emulator.ts';
import { writeFleet } from './fleet-configuration.ts';
import type { Sample, Subject } from './measure.ts';
import { build, CLI, type Program, ready, startProgram } from './programs.ts';
import { undoing } from './undo.ts';

/** What bot and worker are built on; loading it takes the same time whatever is made of it. */
const PACKAGES = [
  '@slack/bolt',
  'bullmq',
  'ssh2',
  'pino',
  'zod',
  'yaml',
  'handlebars',
  '@bull-board/express',
];

/** From `npm start`, after its build, to the moment when `/readyz` says yes: Redis, Slack and the workers are there. */
export function starting(): Promise<Subject> {
  build();
  return undoing(async (undo) => {
    const dir = mkdtempSync(join(tmpdir(), 'jaws-ops-start-'));
    undo.push(() => rmSync(dir, { recursive: true, force: true }));
    const slack = await startSlack({ users: ['ada'], channels: ['jaws-aws'] });
    undo.push(() => slack.close());
    const redis = await startRedis(join(dir, 'redis'));
    undo.push(() => redis.kill());
    const nowhere = {
      ...{ host: '127.0.0.1', port: 1, user: 'nobody' },
      ...{ identityFile: join(dir, 'key'), knownHostsFile: join(dir, 'known_hosts') },
    };
    const { configDir, secretsFile } = writeFleet(dir, 7, [nowhere], []);
    const env = {
      REDIS_URL: redis.url,
      JAWS_OPS_CONFIG: configDir,
      JAWS_OPS_SECRETS: secretsFile,
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_SIGNING_SECRET: slack.signingSecret,
      SLACK_API_URL: slack.apiUrl,
      NODE_ENV: 'production',
    };
    const log = join(dir, 'start.log');
    let running: Program | undefined;

    async function ours(): Promise<Sample> {
      const port = await freePort();
      const from = performance.now();
      running = startProgram([...CLI, 'start'], { ...env, PORT: String(port) }, log);
      const value = (await ready(`http://127.0.0.1:${port}/readyz`, [running])) - from;
      return { value, figures: { cpuMs: running.cpuMs(), memoryMb: running.memory().now } };
    }
    async function end(): Promise<void> {
      await running?.stop();
      running = undefined;
    }

    undo.push(end);
    return {
      name: 'start',
      about:
        'From `node … dist/cli.js start`, which is what `npm start` runs after its build, until bot and worker of 21 targets are ready. The floor is a Node process that loads the packages they are built on and ends.',
      runs: 5,
      ways: [
        { name: 'ours', reset: end, run: ours },
        {
          name: 'floor',
          reset: end,
          run: () => startProgram(['--input-type=module', '-e', LOADING], {}, log).ended,
        },
      ],
      close: undo.close,
    };
  });
}

const LOADING = `await Promise.all(${JSON.stringify(PACKAGES)}.map((name) => import(name))); process.exit(0);`;
