import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { isFinal, type RunState } from '../src/core/run.ts';
import { lowestPriority } from './elsewhere.ts';
import { type Fleet, startFleet } from './fleet.ts';
import type { Sample, Subject } from './measure.ts';
import { build } from './programs.ts';

/** Sites of a fleet; each has three targets. */
const SIZES = [4, 34, 334] as const;
const TARGETS_PER_SITE = 3;
/** Dry runs are asked for at the targets of so many sites, whatever the size of the fleet. */
const BUSY_SITES = 4;
/** Commands under way at a time while the jobs are asked for: what several people and a script might do. */
const TYPED_AT_ONCE = 10;
/** What takes as long per target among a thousand as among a hundred may by chance seem to take longer in one run. */
const SPREAD = 1.1;
const SAMPLE_MS = 250;
/** Long enough for every check that a worker makes of itself while nothing is to be done. */
const IDLE_MS = 10_000;
/** For all dry runs together. */
const JOBS_LIMIT_MS = 300_000;

/** What so many targets took. */
interface Cost {
  readonly targets: number;
  readonly statusMs: number;
  readonly jobsMs: number;
  /** Of bot and worker, whatever the sites and others take of the machine. */
  readonly statusCpuMs: number;
  readonly jobsCpuMs: number;
  /** The most that bot and worker used together, in MB. */
  readonly memoryMb: number;
  readonly redisConnections: number;
  /** Of the work; without those that bot and worker send when nothing is to be done. */
  readonly redisCommands: number;
  readonly idleCommandsPerSecond: number;
  readonly sshConnections: number;
  readonly slackCalls: number;
  /** Kinds of calls that Slack would have refused for their rate. */
  readonly slackRefused: number;
}

/** Time, memory, connections and calls of 12, 102 and 1002 targets. */
export function scaling(): Subject {
  build();
  let fleet: Promise<Fleet> | undefined;
  const open = (sites: number) => {
    fleet = startFleet(sites, lowestPriority());
    return fleet;
  };
  return {
    name: 'scale',
    about: `Bot and worker with ${SIZES.map((sites) => sites * TARGETS_PER_SITE).join(', ')} targets (sessions of four sshds): \`status all\`, then dry runs of a deploy of ${BUSY_SITES * TARGETS_PER_SITE} of them, typed in Slack; the value is the time of the status with the most targets. Growth is what a target takes among a thousand, divided by what it takes among a hundred; of the jobs, which are the same in each, what they take.`,
    runs: 1,
    warmUp: 0,
    goals: [
      { of: 'ours.memoryMb', atMost: 400 },
      { of: 'ours.growthOfStatusTime', atMost: SPREAD },
      { of: 'ours.growthOfStatusCpu', atMost: SPREAD },
      { of: 'ours.growthOfSlackCalls', atMost: 1 },
      { of: 'ours.growthOfRedisCommands', atMost: 1 },
      { of: 'ours.slackRefused', atMost: 0 },
    ],
    ways: [{ name: 'ours', run: () => compared(open) }],
    close: async () => (await fleet)?.close(),
  };
}

async function compared(open: (sites: number) => Promise<Fleet>): Promise<Sample> {
  const costs: Cost[] = [];
  for (const sites of SIZES) {
    const fleet = await open(sites);
    try {
      const cost = await costOf(fleet);
      costs.push(cost);
      console.error('scale:', JSON.stringify(cost));
    } finally {
      await fleet.close();
    }
  }
  const [, middle, large] = costs;
  if (middle === undefined || large === undefined) throw new RangeError('nothing was measured');
  const growth = (of: (cost: Cost) => number) => of(large) / large.targets / (of(middle) / middle.targets);
  return {
    value: large.statusMs,
    figures: {
      ...Object.fromEntries(costs.map((cost) => [`statusMs at ${cost.targets}`, cost.statusMs])),
      jobsMs: large.jobsMs,
      memoryMb: large.memoryMb,
      redisConnections: large.redisConnections,
      idleRedisCommandsPerSecond: large.idleCommandsPerSecond,
      redisCommandsPerTarget: large.redisCommands / large.targets,
      sshConnections: large.sshConnections,
      slackCallsPerTarget: large.slackCalls / large.targets,
      slackRefused: large.slackRefused,
      growthOfStatusTime: growth(({ statusMs }) => statusMs),
      growthOfStatusCpu: growth(({ statusCpuMs }) => statusCpuMs),
      growthOfJobTime: large.jobsMs / middle.jobsMs,
      growthOfJobCpu: large.jobsCpuMs / middle.jobsCpuMs,
      growthOfMemory: growth(({ memoryMb }) => memoryMb),
      growthOfSlackCalls: growth(({ slackCalls }) => slackCalls),
      growthOfRedisCommands: growth(({ redisCommands }) => redisCommands),
    },
  };
}

async function costOf(fleet: Fleet): Promise<Cost> {
  const { slack, bot, worker, redis, sites } = fleet;
  const client = new Redis(redis.url);
  const info = async (section: string, field: string) =>
    Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(await client.info(section))?.[1] ?? 0);
  let memoryMb = 0;
  const sampling = setInterval(() => {
    memoryMb = Math.max(memoryMb, bot.memory().now + worker.memory().now);
  }, SAMPLE_MS);
  try {
    const total = () => info('stats', 'total_commands_processed');
    const atRest = await total();
    await delay(IDLE_MS);
    const commands = await total();
    const idleCommandsPerSecond = ((commands - atRest) * 1_000) / IDLE_MS;
    const calls = slack.record.transcript().length;
    const cpuMs = () => bot.cpuMs() + worker.cpuMs();
    let cpu = cpuMs();
    let from = performance.now();
    const { first } = await slack.command({ text: 'status all' });
    await first;
    const statusMs = performance.now() - from;
    const statusCpuMs = cpuMs() - cpu;
    from = performance.now();
    cpu = cpuMs();
    await dryRuns(fleet);
    const jobsMs = performance.now() - from;
    const jobsCpuMs = cpuMs() - cpu;
    return {
      targets: sites.length * TARGETS_PER_SITE,
      statusMs,
      jobsMs,
      statusCpuMs,
      jobsCpuMs,
      memoryMb,
      redisConnections: await info('clients', 'connected_clients'),
      redisCommands: (await total()) - commands - (idleCommandsPerSecond * (statusMs + jobsMs)) / 1_000,
      idleCommandsPerSecond,
      sshConnections: fleet.sshConnections(),
      slackCalls: slack.record.transcript().length - calls,
      slackRefused: slack.rates.exceeded().length,
    };
  } finally {
    clearInterval(sampling);
    client.disconnect();
  }
}

/** Types a dry run for every target of a few sites and waits until all have ended. */
async function dryRuns({ slack, jobs, sites }: Fleet): Promise<void> {
  const texts = sites
    .slice(0, BUSY_SITES)
    .flatMap((site) =>
      ['dev', 'staging', 'prod'].map((deployment) => `deploy ${deployment} ${site} --dry-run`),
    );
  const wanted = texts.length;
  const ended = new Map<string, RunState>();
  const stop = await jobs.watch((state) => {
    if (isFinal(state)) ended.set(state.jobId, state);
  });
  const type = async () => {
    for (let text = texts.shift(); text !== undefined; text = texts.shift()) {
      const { status, first } = await slack.command({ text });
      if (status !== 200) throw new Error(`${text}: the bot answered ${status}`);
      await first;
    }
  };
  await Promise.all(Array.from({ length: TYPED_AT_ONCE }, type));
  const limit = performance.now() + JOBS_LIMIT_MS;
  while (ended.size < wanted && performance.now() < limit) await delay(SAMPLE_MS);
  await stop();
  const others = [...ended.values()].filter(({ status }) => status !== 'succeeded');
  if (ended.size < wanted || others.length > 0) {
    const [first] = others;
    const problem =
      first === undefined ? '' : `, e.g. ${first.target}: ${first.status} ${first.problem?.message ?? ''}`;
    throw new Error(
      `of ${wanted} dry runs ${ended.size} ended and ${others.length} did not succeed${problem}`,
    );
  }
}
