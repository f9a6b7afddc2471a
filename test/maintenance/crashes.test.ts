import fc from 'fast-check';
import { expect, test } from 'vitest';
import { driftSchema } from '../../src/config/drift.ts';
import { maintenanceSchema } from '../../src/config/maintenance.ts';
import type { MaintenanceParts } from '../../src/maintenance/parts.ts';
import { schedulesOf } from '../../src/maintenance/schedules.ts';
import { createMemoryOnce } from '../../src/queue/once.ts';
import { createNotices } from '../../src/slack/notices.ts';
import type { ChannelWriter } from '../../src/slack/writer.ts';
import { FakeJobs } from '../fixtures/jobs.ts';
import { quietLogger } from '../fixtures/queue.ts';
import { targetStatus } from '../fixtures/runs.ts';
import { aTarget } from '../fixtures/target.ts';
import { aWindow } from '../fixtures/windows.ts';

const MIN = 60_000;
const HOUR = 60 * MIN;
const START = 1_000 * HOUR;
const END = START + 4 * HOUR;
/** When the bot takes its turns: around all that happens, further apart than a notice stays claimed. */
const TURNS = [
  ...[START - 24 * HOUR, START - 2 * HOUR, START, START + HOUR].flatMap((at) => every5Min(at, 8)),
  ...every5Min(END, 30),
];

function every5Min(from: number, times: number): readonly number[] {
  return Array.from({ length: times }, (_, i) => from + i * 5 * MIN);
}

/** Turns in a row that end in a crash: with all of those around a moment nobody is left to say it. */
const LOST_IN_A_ROW = 5;
/** A fuse that never blows. */
const UNHARMED = { left: -1, after: false };

class Crash extends Error {}

/**
 * What lasts: Redis, the channel and the time. A bot on top of it dies before or after the effect of any of its
 * calls, whichever the fuse says; nothing it does from then on has an effect.
 */
function aWorld() {
  const jobs = new FakeJobs();
  const posted: { id: string; at: number; title: string }[] = [];
  const world = { now: START - 24 * HOUR };
  const once = createMemoryOnce(() => world.now);
  jobs.intentions = [{ site: 'aws', deployment: 'dev', wanted: 'up', version: '2.5.4', except: [] }];
  jobs.statuses = async () => [
    world.now < END + 20 * MIN ? targetStatus('unreachable', 'no route') : targetStatus('supervisor-down'),
  ];

  function aBot(fuse: { readonly left: number; readonly after: boolean }) {
    let dead = false;
    let { left } = fuse;
    const call = async <T>(effect: () => Promise<T>): Promise<T> => {
      if (dead) throw new Crash();
      dead = left-- === 0;
      if (dead && !fuse.after) throw new Crash();
      const result = await effect();
      if (dead) throw new Crash();
      return result;
    };
    const never = () => Promise.reject(new Error('a notice needs none of this'));
    const writer: ChannelWriter = {
      post: (channel, view, id) =>
        call(async () => {
          posted.push({ id, at: world.now, title: view.text.split('\n')[0] ?? '' });
          return { channel, ts: id };
        }),
      find: (channel, id, since) =>
        call(async () =>
          posted.some((message) => message.id === id && message.at >= since)
            ? { channel, ts: id }
            : undefined,
        ),
      update: never,
      direct: never,
      permalink: never,
      replies: never,
      reply: never,
      upload: never,
    };
    const { windows } = jobs;
    const parts: MaintenanceParts = {
      jobs: {
        intended: () => call(() => jobs.intended()),
        status: (request) => call(() => jobs.status(request)),
        look: (request) => call(() => jobs.look(request)),
        list: () => call(() => jobs.list()),
        submit: (request, caller) => call(() => jobs.submit(request, caller)),
        locks: jobs.locks,
        audit: jobs.audit,
        windows: {
          list: () => call(() => windows.list()),
          add: (window) => call(() => windows.add(window)),
          change: (window) => call(() => windows.change(window)),
          said: () => call(() => windows.said()),
          say: (key, at) => call(() => windows.say(key, at)),
          followUps: () => call(() => windows.followUps()),
          followUp: (wish) => call(() => windows.followUp(wish)),
          followedUp: (wish) => call(() => windows.followedUp(wish)),
        },
      },
      audit: { keepDays: 400 },
      sites: [
        {
          name: 'aws',
          timezone: 'America/Los_Angeles',
          channel: '#jaws-aws',
          maintenance: maintenanceSchema.parse({}),
          drift: driftSchema.parse({ at: 'never' }),
          cleanup: aTarget().cleanup,
          transport: 'ssh2',
        },
      ],
      post: createNotices({
        writer,
        pace: { take: async () => undefined },
        once: { first: (key, ttlSec) => call(() => once.first(key, ttlSec)) },
        channel: () => '#jaws-aws',
        logger: quietLogger,
        now: () => world.now,
      }),
      logger: quietLogger,
      now: () => world.now,
    };
    return {
      isDead: () => dead,
      async turn() {
        for (const schedule of schedulesOf(parts)) await schedule.run().catch(() => undefined);
      },
    };
  }
  return { jobs, posted, world, aBot };
}

test('a bot that dies at any of its calls, again and again, loses no word of a maintenance and repeats none', async () => {
  const fuse = fc.record({ left: fc.nat({ max: 20 }), after: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(fuse, { minLength: 10, maxLength: 40 }), async (fuses) => {
      const { jobs, posted, world, aBot } = aWorld();
      await jobs.windows.add(aWindow({ start: START, end: END }));
      const remaining = [...fuses];
      let lost = 0;
      const next = () => aBot((lost < LOST_IN_A_ROW ? remaining.shift() : undefined) ?? UNHARMED);
      let bot = next();
      let snoozed = false;
      for (const now of TURNS) {
        world.now = now;
        await bot.turn();
        lost = bot.isDead() ? lost + 1 : 0;
        if (bot.isDead()) bot = next();
        if (!snoozed && posted.some(({ id }) => id.startsWith('back-'))) {
          snoozed = true;
          await jobs.windows.followUp({ kind: 'offer', site: 'aws', at: world.now + 30 * MIN, by: 'ada' });
        }
      }
      expect(posted.map(({ title }) => title.replace(/ begins in .*/, ' begins'))).toEqual([
        'Maintenance of aws begins',
        'Maintenance of aws begins',
        expect.stringContaining('Maintenance of aws has begun'),
        'Maintenance of aws is over',
        expect.stringContaining('Down at aws after its maintenance'),
        expect.stringContaining('Down at aws after its maintenance'),
      ]);
    }),
    { numRuns: 60 },
  );
});
