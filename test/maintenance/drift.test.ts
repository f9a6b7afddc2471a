import { expect, test } from 'vitest';
import type { Report } from '../../src/core/look.ts';
import { aBot, HOUR } from '../fixtures/bot.ts';
import { targetStatus } from '../fixtures/runs.ts';
import { aWindow } from '../fixtures/windows.ts';

const up = { site: 'aws', deployment: 'dev', wanted: 'up' as const, version: '2.6.0', except: [], by: 'ada' };
const SAME: Report = { title: 'No difference: all 9 files of dev at aws are as a deploy writes them' };
const CHANGED: Report = {
  title: '1 of 9 files of dev at aws differ from what a deploy would write',
  findings: [{ level: 'warn', subject: '/x/supervisord.conf', message: 'mode 0664, expected 0640' }],
  text: '--- a\n+++ b',
};

/** A bot at whose site everything is as it was left. */
function aQuietBot() {
  const bot = aBot();
  bot.jobs.intentions = [up];
  bot.jobs.statuses = async () => [{ ...targetStatus('running'), version: '2.6.0' }];
  bot.jobs.reports = async () => SAME;
  return bot;
}

test('of a site that is as it was left, nothing is said at night', async () => {
  const bot = aQuietBot();
  await bot.turn('drift-aws');
  expect(bot.channel).toEqual([]);
  // Compared with the version that is meant to be there, whatever the configuration has come to say.
  expect(bot.jobs.looks).toMatchObject([{ look: 'diff', deployment: 'dev', words: { version: '2.6.0' } }]);
});

test('files and services that differ are told in one report, once a day', async () => {
  const bot = aQuietBot();
  bot.jobs.reports = async () => CHANGED;
  bot.jobs.statuses = async () => [targetStatus('fatal')];
  await bot.turn('drift-aws');
  await bot.turn('drift-aws');
  expect(bot.titles()).toEqual(['Not as it was left at aws: dev (services, files)']);
  expect(bot.channel[0]).toMatchObject({
    topic: 'drift',
    report: {
      findings: [
        { subject: 'dev', message: 'fatal, should be running 2.6.0 (ada)' },
        { subject: 'dev', message: CHANGED.title },
        { subject: '/x/supervisord.conf' },
      ],
      text: '--- a\n+++ b',
    },
  });
  bot.world.now += 24 * HOUR;
  await bot.turn('drift-aws');
  expect(bot.channel).toHaveLength(2);
});

test('services alone that run though they were stopped are told, and their files left alone', async () => {
  const bot = aQuietBot();
  bot.jobs.intentions = [{ ...up, wanted: 'down' }];
  await bot.turn('drift-aws');
  expect(bot.titles()).toEqual(['Not as it was left at aws: dev (services)']);
  expect(bot.jobs.looks).toEqual([]);
});

test('no answer is no drift, and a site in maintenance is left alone', async () => {
  const bot = aQuietBot();
  bot.jobs.statuses = async () => [targetStatus('unreachable', 'no route')];
  bot.jobs.reports = async () => ({
    title: 'diff at aws: no answer',
    problem: { code: 'site.unreachable', message: 'no route', next: '' },
  });
  await bot.turn('drift-aws');
  bot.jobs.reports = async () => CHANGED;
  await bot.jobs.windows.add(aWindow({ start: bot.world.now, end: bot.world.now + HOUR }));
  await bot.turn('drift-aws');
  expect(bot.channel).toEqual([]);
});

test('the time is that of the site, and a site may do without', () => {
  const when = (at: string) =>
    aBot({}, { drift: { at } }).schedules.find(({ id }) => id === 'drift-aws')?.when;
  expect(when('04:30')).toEqual({ pattern: '30 4 * * *', zone: 'America/Los_Angeles' });
  expect(when('00:05')).toEqual({ pattern: '5 0 * * *', zone: 'America/Los_Angeles' });
  expect(when('never')).toBeUndefined();
});
