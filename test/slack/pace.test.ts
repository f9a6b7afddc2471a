import { expect, test } from 'vitest';
import { Rates } from '../../src/sandbox/slack/rates.ts';
import { createPace, PER_MINUTE } from '../../src/slack/pace.ts';
import { FakeClock } from '../fixtures/clock.ts';

const T0 = 1_000_000;

test('no minute sees more calls than Slack allows, however many are wanted', async () => {
  const clock = new FakeClock(T0);
  const pace = createPace(clock);
  const rates = new Rates();
  let made = 0;
  for (let i = 0; i < 200; i += 1) {
    void pace.take('chat.update').then(() => {
      made += 1;
      rates.note('chat.update', '', clock.now());
    });
  }
  await clock.pass(5 * 60_000);
  expect(made).toBe(200);
  expect(rates.exceeded()).toEqual([]);
  // Nor are they fewer than they might be.
  expect(rates.peak('chat.update')).toBeGreaterThan(PER_MINUTE['chat.update'] * 0.9);
});

test('half of what may be called in a row is left to what is urgent', () => {
  const clock = new FakeClock(T0);
  const pace = createPace(clock);
  for (let i = 0; i < 5; i += 1) pace.spend('chat.update');
  expect(pace.at('chat.update', false)).toBeGreaterThan(T0);
  expect(pace.at('chat.update', true)).toBe(T0);
  for (let i = 0; i < 5; i += 1) pace.spend('chat.update');
  expect(pace.at('chat.update', true)).toBe(T0 + 1_500);
});

test('a time of day that is set back makes nobody wait', async () => {
  const clock = new FakeClock(T0);
  const pace = createPace(clock);
  for (let i = 0; i < 10; i += 1) pace.spend('chat.update');
  clock.set(-3_600_000);
  let taken = false;
  void pace.take('chat.update').then(() => {
    taken = true;
  });
  await clock.pass(2_000);
  expect(taken).toBe(true);
});

test('one run that is followed at full speed never waits', async () => {
  const clock = new FakeClock(T0);
  const pace = createPace(clock);
  for (let i = 0; i < 100; i += 1) {
    expect(pace.at('chat.update', false)).toBe(clock.now());
    pace.spend('chat.update');
    await clock.pass(1_500);
  }
});

test('the emulator tells what Slack would have refused, also of one channel', () => {
  const rates = new Rates();
  for (let i = 0; i < 51; i += 1) rates.note('chat.update', 'C1', T0 + i);
  for (let i = 0; i < 61; i += 1) rates.note('chat.postMessage', 'C1', T0 + i * 900);
  for (let i = 0; i < 61; i += 1) rates.note('chat.postMessage', 'C2', T0 + i * 1_000);
  expect(rates.exceeded()).toEqual([
    'chat.update: 51 in a minute, 50 allowed',
    'chat.postMessage in C1: 61 in a minute, 60 allowed',
  ]);
});
