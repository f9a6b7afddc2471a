import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/config.ts';
import type { RunState } from '../../../src/core/run.ts';
import type { Connector } from '../../../src/core/transport.ts';
import { createConnector } from '../../../src/remote/pool.ts';
import { typed } from '../../../src/sandbox/typed.ts';
import { EDIT_GAP_MS } from '../../../src/slack/reporter.ts';
import { type Started, startWorker } from '../../../src/worker.ts';
import { type Bound, differences, tally } from '../../fixtures/bounds.ts';
import { aProduct, type TestProduct } from '../../fixtures/product.ts';
import { quietLogger } from '../../fixtures/queue.ts';
import { monitorRedis, type RedisMonitor, type SeenCommand } from '../../fixtures/redis-monitor.ts';
import { until } from '../../fixtures/until.ts';

/**
 * What the product costs others, in numbers that are the same on every machine. A change that makes one of them grow
 * is slower at every site, in Redis or in Slack, however little a stopwatch may tell of it here.
 */
const ONE_LOOK = 'one script gathers every fact';
const ONE_STEP = 'script, files, log and exit code travel in one exec';

const RESTART_AT_THE_SITE: Readonly<Record<string, Bound>> = {
  'round trips: check': { times: 1, why: ONE_LOOK },
  'round trips: stop': { times: 1, why: ONE_STEP },
  'round trips: start': { times: 1, why: ONE_STEP },
  'round trips: verify': { times: 1, why: 'the look repeats itself at the site' },
  'round trips: end': { times: 1, why: 'audit line, staged files and lock in one script' },
  'logins at the site': { times: 0, why: 'the connection of the run before is still open' },
};
const DEPLOY_AT_THE_SITE: Readonly<Record<string, Bound>> = {
  ...RESTART_AT_THE_SITE,
  'round trips: stage': { times: 1, why: ONE_STEP },
  'round trips: environment': { times: 1, why: ONE_STEP },
  'round trips: write': { times: 1, why: ONE_STEP },
  'logins at the site': { times: 1, why: 'all scripts share one connection' },
};

/** Redis commands of bot and worker that name the job. */
const RUN_IN_REDIS: Readonly<Record<string, Bound>> = {
  'Redis: look-ups': { times: [4, 6], why: 'two each: the bot sees it come and start, its message asks' },
  'Redis: audit': { times: 1, why: 'each changing step and the result in one script' },
  'Redis: end': { times: [1, 2], why: 'one script, sent whole the first time' },
  'Redis: others': { times: [11, 15], why: 'put in, taken up, posted once, attached, remembered, intended' },
};
const RUN_IN_SLACK: Readonly<Record<string, Bound>> = {
  'Slack: chat.postMessage': { times: 1, why: 'a run is one message' },
  'Slack: chat.getPermalink': { times: 1, why: 'others link to the message' },
  'Slack: response_url': { times: 1, why: 'the caller is told once' },
};

/**
 * What costs more the longer a run takes, which a busy machine decides. A script of BullMQ is sent once more, as a whole,
 * the first time. @param seconds since it was asked for
 */
const longRun = ({ seq }: RunState, seconds: number, edits: number): Readonly<Record<string, Bound>> => ({
  'Redis: snapshots': {
    times: [6, 1 + Math.min(seq, Math.ceil(seconds * 5) + 1)],
    why: 'one per change, at most five a second',
  },
  'Redis: shown': { times: [1, 1 + edits], why: 'one per edit of the message' },
  'Redis: lock kept': { times: [0, 2 + Math.ceil(seconds / 5)], why: 'one per five seconds' },
  'Slack: chat.update': {
    times: [1, 1 + Math.ceil((seconds * 1000) / EDIT_GAP_MS)],
    why: `at most one per ${EDIT_GAP_MS} ms and the last`,
  },
});
const OPERATORS: Bound = { times: [0, 1], why: 'who is an operator is known for a minute' };

const EXPECTED: Readonly<Record<string, Readonly<Record<string, Bound>>>> = {
  deploy: {
    ...DEPLOY_AT_THE_SITE,
    ...RUN_IN_REDIS,
    ...RUN_IN_SLACK,
    'Slack: usergroups.users.list': { times: 1, why: 'who is an operator' },
  },
  restart: {
    ...RESTART_AT_THE_SITE,
    ...RUN_IN_REDIS,
    ...RUN_IN_SLACK,
    'Slack: usergroups.users.list': OPERATORS,
  },
  status: {
    'round trips': { times: 3, why: 'one look per deployment' },
    'logins at the site': { times: 0, why: 'the connection of the run before is still open' },
    'Redis: present': { times: 2, why: 'which workers serve the site, and have they been seen lately' },
    'Redis: question': { times: [2, 4], why: 'put in and answered, each script sent whole the first time' },
    'Slack: response_url': { times: 1, why: 'the caller is told once' },
    'Slack: usergroups.users.list': OPERATORS,
  },
};

let product: TestProduct;
let worker: Started;
let monitor: RedisMonitor;
/** The connection of the test itself, as Redis knows it. */
let own: string;
/** Start of each script at the site, in milliseconds since the epoch. */
const roundTrips: number[] = [];

beforeAll(async () => {
  product = await aProduct(['aws']);
  await product.stopWorker();
  const { redisUrl, secretsFile, configDir } = product.world;
  const config = loadConfig(configDir);
  const { sites } = config;
  worker = await startWorker({
    ...{ redisUrl, secretsFile, config, sites, logger: quietLogger, connector: counting(createConnector()) },
    onSecrets: () => undefined,
  });
  monitor = await monitorRedis(redisUrl);
  own = await pinged();
});
afterAll(async () => {
  monitor?.close();
  await worker?.close();
  await product?.remove();
});

function counting(connector: Connector): Connector {
  return {
    async connect(access, signal) {
      const transport = await connector.connect(access, signal);
      const run: typeof transport.run = (script, options) => {
        roundTrips.push(Date.now());
        return transport.run(script, options);
      };
      return { run, close: () => transport.close() };
    },
    close: () => connector.close(),
  };
}

/** Asks Redis for a sign of life; resolves with the connection once the monitor has seen that and all before it. */
async function pinged(): Promise<string> {
  const from = monitor.seen.length;
  await product.jobs.ping();
  return until('the ping', () => monitor.seen.slice(from).find(({ name }) => name === 'ping')?.from);
}

/** What happened in Redis, in Slack and at the site between two moments. */
function since() {
  const file = join(product.world.dir, 'sites', 'aws', 'log', 'sshd.log');
  // There is none before the first login.
  const log = () => (existsSync(file) ? readFileSync(file, 'utf8') : '');
  const from = {
    trips: roundTrips.length,
    commands: monitor.seen.length,
    calls: product.slack.record.transcript().length,
    logins: loginsIn(log()),
  };
  return async () => {
    await pinged();
    return {
      trips: roundTrips.slice(from.trips),
      commands: monitor.seen.slice(from.commands).filter((command) => command.from !== own),
      calls: product.slack.record
        .transcript()
        .slice(from.calls)
        .map((body) => body.split(' ')[0] ?? ''),
      logins: loginsIn(log()) - from.logins,
    };
  };
}

const loginsIn = (log: string) => log.split('Accepted publickey for ').length - 1;

/** The step that a script belongs to: the last one begun before it, or the end of the run after the last step. */
function stepAt(state: RunState, at: number): string {
  const last = state.steps.at(-1)?.finishedAt ?? Number.POSITIVE_INFINITY;
  const step = state.steps.findLast(({ startedAt }) => startedAt !== undefined && startedAt <= at);
  return `round trips: ${step === undefined || at >= last ? 'end' : step.id}`;
}

/** What a Redis command about a job is for. */
function purposeOf({ name, text }: SeenCommand): string {
  if (/^"eval\w*".*:once:audit-/i.test(text)) return 'Redis: audit';
  if (name === 'hgetall') return 'Redis: look-ups';
  if (/"3" "\S+" "\S+:events"/.test(text)) return 'Redis: snapshots';
  if (/"1" "\S+:stalled"/.test(text)) return 'Redis: lock kept';
  if (/"14" "\S+:wait"/.test(text)) return 'Redis: end';
  return name === 'eval' && text.includes('local known') ? 'Redis: shown' : 'Redis: others';
}

async function run(text: string): Promise<readonly string[]> {
  const counted = since();
  const { state } = await typed(product, text);
  if (state?.status !== 'succeeded') throw new Error(`${text}: ${JSON.stringify(state?.problem)}`);
  const { trips, commands, calls, logins } = await counted();
  const seconds = (Date.now() - state.queuedAt) / 1000;
  const edits = calls.filter((method) => method === 'chat.update').length;
  const counts = {
    ...tally(trips.map((at) => stepAt(state, at))),
    ...tally(commands.filter((command) => command.text.includes(state.jobId)).map(purposeOf)),
    ...tally(calls.map((method) => `Slack: ${method}`)),
    'logins at the site': logins,
  };
  return differences(counts, { ...EXPECTED[state.request.action], ...longRun(state, seconds, edits) });
}

test('a deploy costs so many round trips, commands and calls, and no more', async () => {
  expect(await run('/jaws deploy dev aws')).toEqual([]);
});

test('so does a restart', async () => {
  expect(await run('/jaws restart dev aws')).toEqual([]);
});

test('and the status of a site', async () => {
  const counted = since();
  await typed(product, '/jaws status aws');
  const { trips, commands, calls, logins } = await counted();
  const question = /\d{8}-\d{6}-[a-z0-9]{6}/;
  const counts = {
    'round trips': trips.length,
    'logins at the site': logins,
    'Redis: present': commands.filter(({ name }) => name === 'smembers' || name === 'mget').length,
    'Redis: question': commands.filter(({ text }) => text.includes(':reads-aws:') && question.test(text))
      .length,
    ...tally(calls.map((method) => `Slack: ${method}`)),
  };
  expect(differences(counts, EXPECTED['status'] ?? {})).toEqual([]);
});
