import { expect, test } from 'vitest';
import { aBot, HOUR, MIN } from '../fixtures/bot.ts';
import { targetStatus } from '../fixtures/runs.ts';
import { aWindow } from '../fixtures/windows.ts';

const left = {
  site: 'aws',
  deployment: 'dev',
  wanted: 'up' as const,
  version: '2.5.4',
  except: [],
  left: { jobId: 'd-1', at: 1_000 * HOUR, what: 'deploy failed' },
};

test('a target left down is told after 15 minutes and every four hours, with what can be decided', async () => {
  const bot = aBot();
  bot.jobs.intentions = [left];
  bot.jobs.statuses = async () => [targetStatus('fatal')];
  const told: number[] = [];
  for (let minutes = 0; minutes < 9 * 60; minutes += 5) {
    bot.world.now = left.left.at + minutes * MIN;
    const before = bot.channel.length;
    await bot.turn('reminders');
    if (bot.channel.length > before) told.push(minutes);
  }
  expect(told).toEqual([15, 255, 495]);
  expect(bot.titles()[0]).toBe('dev at aws is down since a deploy failed 15 min ago');
  expect(bot.channel[0]?.choices?.map(({ label }) => label)).toEqual(['Start', 'Leave down']);
});

test('nobody is reminded of a target that somebody brought back by hand, nor during a maintenance', async () => {
  const bot = aBot();
  bot.jobs.intentions = [left];
  bot.jobs.statuses = async () => [targetStatus('running')];
  bot.world.now += HOUR;
  await bot.turn('reminders');
  bot.jobs.statuses = async () => [targetStatus('fatal')];
  await bot.jobs.windows.add(aWindow({ start: bot.world.now, end: bot.world.now + 20 * HOUR }));
  bot.world.now += 8 * HOUR;
  await bot.turn('reminders');
  expect(bot.titles()).toEqual([expect.stringContaining('Maintenance of aws has begun')]);
});

test('a reminder that Slack did not take is given when it does, and once', async () => {
  const bot = aBot();
  await bot.jobs.windows.add(aWindow({ start: bot.world.now, end: bot.world.now + HOUR }));
  bot.world.slackIsUp = false;
  await bot.turn('reminders');
  bot.world.slackIsUp = true;
  await bot.turn('reminders');
  await bot.turn('reminders');
  expect(bot.titles()).toHaveLength(1);
});

test('a site that wants it is started by itself after its maintenance, and the result is told', async () => {
  const bot = aBot({ autoRestart: true });
  const { left: _left, ...up } = left;
  bot.jobs.intentions = [up];
  bot.jobs.statuses = async () => [targetStatus('unreachable', 'no route')];
  await bot.jobs.windows.add(aWindow({ start: 1, end: bot.world.now }));
  await bot.turn('after-maintenance');
  expect(bot.titles()).toEqual([]);
  bot.world.now += 61 * MIN;
  await bot.turn('after-maintenance');
  expect(bot.titles()).toEqual([expect.stringContaining('aws does not answer, 1 h 1 min after')]);
  bot.jobs.statuses = async () => [targetStatus('supervisor-down')];
  bot.world.now += 5 * MIN;
  await bot.turn('after-maintenance');
  expect(bot.jobs.submitted).toMatchObject([{ action: 'start', site: 'aws', deployment: 'dev' }]);
  expect(bot.channel.at(-1)).not.toHaveProperty('choices');
  bot.jobs.jobs.clear();
  bot.jobs.statuses = async () => [targetStatus('running')];
  await bot.turn('after-maintenance');
  await bot.turn('after-maintenance');
  expect(bot.titles().slice(1)).toEqual([
    'Down at aws after its maintenance: 1 of 1 that should be up',
    'All up at aws after its maintenance: 1 of 1',
  ]);
  expect(bot.jobs.submitted).toHaveLength(1);
});

test('services are started after a maintenance while Slack is away, once, and it is told when Slack is back', async () => {
  const bot = aBot({ autoRestart: true });
  const { left: _left, ...up } = left;
  bot.jobs.intentions = [up];
  bot.jobs.statuses = async () => [targetStatus('supervisor-down')];
  await bot.jobs.windows.add(aWindow({ start: 1, end: bot.world.now }));
  bot.world.slackIsUp = false;
  await bot.turn('after-maintenance');
  expect(bot.jobs.submitted).toMatchObject([{ action: 'start', site: 'aws', deployment: 'dev' }]);
  bot.jobs.jobs.clear();
  bot.world.now += MIN;
  await bot.turn('after-maintenance');
  bot.world.slackIsUp = true;
  await bot.turn('after-maintenance');
  expect(bot.jobs.submitted).toHaveLength(1);
  // That the start did not help is for people now.
  expect(bot.channel.at(-1)?.choices).not.toBeUndefined();
  expect(bot.titles()[0]).toBe('Down at aws after its maintenance: 1 of 1 that should be up');
});

test('a site whose channel is gone keeps no other from being welcomed back, nor a wish of another from being kept', async () => {
  const bot = aBot({}, { name: 'dori' }, [{ name: 'aws' }]);
  const { left: _left, ...up } = left;
  bot.jobs.intentions = [up, { ...up, site: 'dori' }];
  bot.jobs.statuses = async ({ site }) => [{ ...targetStatus('supervisor-down'), site }];
  for (const site of ['dori', 'aws']) {
    await bot.jobs.windows.add(aWindow({ id: site, site, start: 1, end: bot.world.now }));
    await bot.jobs.windows.followUp({ kind: 'offer', site, at: bot.world.now, by: 'ada' });
  }
  bot.world.deaf = 'dori';
  await bot.turn('after-maintenance');
  expect(bot.channel.map(({ id }) => id)).toEqual(['back-aws-1', `offer-aws-${bot.world.now}`]);
});

test('put off, it is said again at its time and not before', async () => {
  const bot = aBot();
  const { left: _left, ...up } = left;
  bot.jobs.intentions = [up];
  bot.jobs.statuses = async () => [targetStatus('supervisor-down')];
  await bot.jobs.windows.followUp({ kind: 'offer', site: 'aws', at: bot.world.now + 30 * MIN, by: 'ada' });
  await bot.turn('after-maintenance');
  expect(bot.channel).toEqual([]);
  bot.world.now += 30 * MIN;
  await bot.turn('after-maintenance');
  await bot.turn('after-maintenance');
  expect(bot.titles()).toEqual(['Down at aws after its maintenance: 1 of 1 that should be up']);
  expect(bot.channel[0]?.choices?.map(({ command, input }) => input['verb'] ?? command)).toEqual([
    'resume',
    'choose',
    'snooze',
    'recover',
  ]);
});

test('a site is probed for reservations only where it says which are meant', async () => {
  expect(aBot().ids).not.toContain('probe-reservations-aws');
  const bot = aBot({ reservationPattern: 'login' });
  const start = new Date(bot.world.now + HOUR).toISOString();
  const end = new Date(bot.world.now + 2 * HOUR).toISOString();
  const rows = [['login_maint', start, end, 'MAINT', 'ReservationName=login_maint']];
  bot.jobs.reports = async () => ({ title: 'r', tables: [{ head: [], rows }] });
  await bot.turn('probe-reservations-aws');
  await bot.turn('probe-reservations-aws');
  expect([...bot.jobs.windows.windows.values()]).toMatchObject([{ reservation: 'login_maint', revision: 1 }]);
  bot.jobs.reports = async () => ({
    title: 'r',
    problem: { code: 'site.unreachable', message: 'away', next: '' },
  });
  await bot.turn('probe-reservations-aws');
  expect([...bot.jobs.windows.windows.values()][0]).not.toHaveProperty('cancelledAt');
});

test('entries of the audit that are older than the policy keeps them are removed', async () => {
  const bot = aBot();
  const day = 24 * HOUR;
  bot.world.now = 1_000 * day;
  const entry = (at: number) =>
    ({
      at,
      who: { id: 'U1', name: 'ada', via: 'slack' },
      kind: 'said',
      what: 'stop',
      outcome: 'queued',
    }) as const;
  bot.jobs.entries.push(entry(599 * day), entry(601 * day));
  await bot.turn('audit');
  expect(bot.jobs.entries.map(({ at }) => at)).toEqual([601 * day]);
});
