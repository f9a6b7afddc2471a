import { expect, test } from 'vitest';
import type { Lock } from '../../src/core/lock.ts';
import { aBot, HOUR } from '../fixtures/bot.ts';
import { alice, reader } from '../fixtures/directory.ts';

const lock = (over: Partial<Lock> = {}): Lock => ({
  site: 'aws',
  deployment: 'prod',
  reason: 'database move',
  owner: alice,
  since: 999 * HOUR,
  until: 1_010 * HOUR,
  ...over,
});

const three = () =>
  aBot({}, {}, [
    { name: 'jgi', channel: '#shared' },
    { name: 'nmdc', channel: '#shared' },
  ]);

test('whose lock was taken over, and whose has expired, are called to the news', async () => {
  const bot = aBot();
  await bot.jobs.locks.tell({ kind: 'taken', lock: lock(), by: reader, at: bot.world.now });
  await bot.jobs.locks.put(lock({ until: bot.world.now - 1 }), undefined);
  await bot.turn('locks');
  expect(bot.titles()).toEqual([
    'rita has taken over the lock of alice on prod at aws',
    'The lock of alice on prod at aws has expired',
  ]);
  expect(bot.channel.map(({ concerns }) => concerns)).toEqual([[alice], [alice]]);
  await bot.turn('locks');
  expect(bot.channel).toHaveLength(2);
});

test('who waits for a target is called when it is free', async () => {
  const bot = aBot();
  const held = lock();
  await bot.jobs.locks.put(held, undefined);
  await bot.jobs.locks.wish({ site: 'aws', deployment: 'prod', who: reader, at: 1 });
  await bot.turn('locks');
  expect(bot.channel).toEqual([]);
  await bot.jobs.locks.remove(held);
  await bot.turn('locks');
  expect(bot.channel).toMatchObject([{ site: 'aws', concerns: [reader] }]);
});

test('news of a lock on every site go to the channel of each, once', async () => {
  const bot = three();
  await bot.jobs.locks.tell({ kind: 'ended', lock: lock({ site: 'all' }), by: reader, at: bot.world.now });
  await bot.turn('locks');
  expect(bot.channel.map(({ site }) => site)).toEqual(['aws', 'nmdc']);
  expect(await bot.jobs.locks.news()).toEqual([]);
});

test('a channel that cannot be written to is tried again, and the others are told once', async () => {
  const bot = three();
  bot.world.deaf = 'aws';
  await bot.jobs.locks.tell({ kind: 'ended', lock: lock({ site: 'all' }), by: reader, at: bot.world.now });
  await bot.turn('locks');
  expect(bot.channel.map(({ site }) => site)).toEqual(['nmdc']);
  bot.world.deaf = '';
  await bot.turn('locks');
  expect(bot.channel.map(({ site }) => site)).toEqual(['nmdc', 'aws']);
  expect(await bot.jobs.locks.news()).toEqual([]);
});
