import { expect, test } from 'vitest';
import { DEPLOYMENTS } from '../../src/core/target.ts';
import { aBot, HOUR } from '../fixtures/bot.ts';
import { ANN, deploy } from '../fixtures/queue.ts';
import { aTarget } from '../fixtures/target.ts';
import { aWindow } from '../fixtures/windows.ts';

const { cleanup } = aTarget();
const places = DEPLOYMENTS.map((deployment) => ({ deployment, inputs: '/i', executions: '/e', log: '/l' }));
const withoutCron = { cleanup: { ...cleanup, places, by: 'bot' as const } };
const cleanups = (over: Parameters<typeof aBot>[1]) => aBot({}, over).ids.filter((id) => /^cleanup/.test(id));

test('the bot removes old data only at sites that have folders and no cron', () => {
  expect(cleanups({ cleanup: { ...cleanup, places } })).toEqual([]);
  expect(cleanups({ cleanup: { ...cleanup, by: 'bot' } })).toEqual([]);
  expect(cleanups(withoutCron)).toEqual(['cleanup-aws-dev', 'cleanup-aws-staging', 'cleanup-aws-prod']);
  const { schedules } = aBot({}, withoutCron);
  expect(schedules.find(({ id }) => id === 'cleanup-aws-staging')?.when).toEqual({
    pattern: '0 2 * * 5',
    zone: 'America/Los_Angeles',
  });
});

test('what was never deployed is not cleaned up, nor is a site in maintenance', async () => {
  const bot = aBot({}, withoutCron);
  await bot.turn('cleanup-aws-dev');
  bot.jobs.intentions = [{ site: 'aws', deployment: 'dev', wanted: 'up', except: [] }];
  await bot.jobs.windows.add(aWindow({ start: bot.world.now, end: bot.world.now + HOUR }));
  await bot.turn('cleanup-aws-dev');
  expect(bot.jobs.submitted).toEqual([]);
  bot.world.now += HOUR;
  await bot.turn('cleanup-aws-dev');
  await bot.turn('cleanup-aws-dev');
  expect(bot.jobs.submitted).toMatchObject([{ action: 'cleanup', site: 'aws', deployment: 'dev' }]);
});

test('a cleanup that finds a deploy at work is to be tried again', async () => {
  const bot = aBot({}, withoutCron);
  bot.jobs.intentions = [{ site: 'aws', deployment: 'dev', wanted: 'up', except: [] }];
  await bot.jobs.submit(deploy('aws', 'dev'), ANN);
  await expect(bot.turn('cleanup-aws-dev')).rejects.toMatchObject({ code: 'refused.busy' });
});
