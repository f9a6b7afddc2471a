import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { policySchema } from '../../src/config/policy.ts';
import { type Freeze, freezeAgainst, freezeLine } from '../../src/core/freeze.ts';
import { instantOf } from '../../src/core/zone.ts';
import { request } from '../fixtures/runs.ts';

const ZONE = 'America/Los_Angeles';
const freezesOf = (...freezes: readonly unknown[]): readonly Freeze[] =>
  policySchema.parse({ rules: [], freezes }).freezes;
const at = (day: number, hour: number, minute = 0, month = 11) =>
  instantOf({ year: 2026, month, day, hour, minute }, ZONE, 'earlier');

const FRIDAY = {
  reason: 'nobody is there over the weekend',
  deployments: ['prod'],
  timezone: ZONE,
  weekly: { days: ['fri'], from: '16:00', to: '24:00' },
};
const prod = request({ deployment: 'prod' });

describe('a freeze', () => {
  test('of every week stands from its first minute until before its last, on the clocks of its zone', () => {
    const freezes = freezesOf(FRIDAY);
    expect(freezeAgainst(freezes, prod, at(27, 15, 59))).toBeUndefined();
    expect(freezeAgainst(freezes, prod, at(27, 16))).toBe(freezes[0]);
    expect(freezeAgainst(freezes, prod, at(27, 23, 59))).toBe(freezes[0]);
    expect(freezeAgainst(freezes, prod, at(28, 0))).toBeUndefined();
    // 16:00 is 16:00 in summer, too.
    expect(freezeAgainst(freezes, prod, at(5, 16, 0, 6))).toBe(freezes[0]);
    expect(freezeAgainst(freezes, prod, at(5, 15, 59, 6))).toBeUndefined();
  });

  test('between two dates stands from the first until before the second', () => {
    const between = { start: '2026-12-19 00:00', end: '2027-01-04 08:00' };
    const freezes = freezesOf({ reason: 'end of the year', timezone: ZONE, between });
    expect(freezeAgainst(freezes, prod, at(18, 23, 59, 12))).toBeUndefined();
    expect(freezeAgainst(freezes, prod, at(19, 0, 0, 12))).toBe(freezes[0]);
    const end = instantOf({ year: 2027, month: 1, day: 4, hour: 8, minute: 0 }, ZONE, 'earlier');
    expect(freezeAgainst(freezes, prod, end - 1)).toBe(freezes[0]);
    expect(freezeAgainst(freezes, prod, end)).toBeUndefined();
  });

  test('is about deploys unless it names other actions, and never about a dry run', () => {
    const now = at(27, 17);
    expect(freezeAgainst(freezesOf(FRIDAY), { ...prod, action: 'restart' }, now)).toBeUndefined();
    expect(freezeAgainst(freezesOf(FRIDAY), { ...prod, dryRun: true }, now)).toBeUndefined();
    expect(freezeAgainst(freezesOf(FRIDAY), request({ deployment: 'dev' }), now)).toBeUndefined();
    const restart = freezesOf({ ...FRIDAY, actions: ['restart'] });
    expect(freezeAgainst(restart, { ...prod, action: 'restart' }, now)).toBe(restart[0]);
  });

  test('says what, when, where and why', () => {
    const [freeze] = freezesOf(FRIDAY);
    expect(freeze && freezeLine(freeze, prod)).toBe(
      'deploy of prod is frozen fri 16:00–24:00 (America/Los_Angeles): nobody is there over the weekend',
    );
  });

  test('of all days and hours stands at any instant, whatever the zone and its clocks do', () => {
    const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
    const zones = fc.constantFrom(ZONE, 'UTC', 'Australia/Lord_Howe', 'Asia/Kathmandu');
    fc.assert(
      fc.property(zones, fc.integer({ min: 0, max: 2_000_000_000_000 }), (timezone, now) => {
        const weekly = { days, from: '00:00', to: '24:00' };
        expect(freezeAgainst(freezesOf({ reason: 'x', timezone, weekly }), prod, now)).toBeDefined();
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    ['both forms at once', { ...FRIDAY, between: { start: '2026-12-19 00:00', end: '2026-12-20 00:00' } }],
    ['neither form', { reason: 'x', timezone: ZONE }],
    ['an end before its start', { ...FRIDAY, weekly: { days: ['fri'], from: '18:00', to: '06:00' } }],
    ['an hour that no clock has', { ...FRIDAY, weekly: { days: ['fri'], from: '25:00', to: '26:00' } }],
    ['a zone that is none', { ...FRIDAY, timezone: 'Mars/Olympus' }],
    ['no reason', { ...FRIDAY, reason: '' }],
  ])('with %s is an error of the configuration', (_what, freeze) => {
    expect(policySchema.safeParse({ rules: [], freezes: [freeze] }).success).toBe(false);
  });
});
