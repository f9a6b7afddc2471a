import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OpsError } from '../../src/core/errors.ts';
import { activeAt, parseSpan } from '../../src/core/window.ts';
import { instantOf, wallTime, zoned } from '../../src/core/zone.ts';
import { aWindow } from '../fixtures/windows.ts';

const LA = 'America/Los_Angeles';
const at = (text: string) => Date.parse(text);

describe('a time of day in a zone', () => {
  test('is the instant at which the clocks there show it, in winter and in summer', () => {
    expect(parseSpan('2026-12-01 06:00 to 18:00', LA)).toEqual({
      start: at('2026-12-01T14:00Z'),
      end: at('2026-12-02T02:00Z'),
    });
    expect(parseSpan('2026-07-01 06:00 to 2026-07-02 08:00', LA)).toEqual({
      start: at('2026-07-01T13:00Z'),
      end: at('2026-07-02T15:00Z'),
    });
    expect(zoned(at('2026-12-01T14:00Z'), LA)).toBe('Tue 2026-12-01 06:00 PST');
  });

  test('that the clocks skip is an error that names one they show', () => {
    expect(() => parseSpan('2027-03-14 02:30 to 08:00', LA)).toThrow(
      '2027-03-14 02:30 does not exist in America/Los_Angeles: the clocks skip it; expected for example 2027-03-14 03:30',
    );
  });

  test('that comes twice makes the window longer, never shorter', () => {
    const { start, end } = parseSpan('2026-11-01 01:30 to 01:30', LA);
    expect([start, end]).toEqual([at('2026-11-01T08:30Z'), at('2026-11-01T09:30Z')]);
  });

  test.each([
    '',
    'tomorrow',
    '2026-12-01',
    '2026-12-01 06:00',
    '2026-13-01 06:00 to 18:00',
    '2026-02-30 06:00 to 18:00',
    '2026-12-01 06:00 to 24:00',
    '2026-12-01 18:00 to 06:00',
    '2026-12-01 06:00 to 06:00',
    '2026-12-01 06:00 to 2027-12-01 06:00',
  ])('"%s" is none: usage error', (text) => {
    expect(() => parseSpan(text, LA)).toThrow(OpsError);
  });

  test('comes back from every instant of every zone', () => {
    const zones = [
      LA,
      'Europe/Berlin',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'America/St_Johns',
      'UTC',
      'Pacific/Apia',
    ];
    const minute = fc.integer({
      min: at('2024-01-01T00:00Z') / 60_000,
      max: at('2035-01-01T00:00Z') / 60_000,
    });
    fc.assert(
      fc.property(minute, fc.constantFrom(...zones), (minutes, zone) => {
        const instant = minutes * 60_000;
        const wall = wallTime(instant, zone);
        const both = [instantOf(wall, zone, 'earlier'), instantOf(wall, zone, 'later')];
        expect(both).toContain(instant);
        expect(both[0]).toBeLessThanOrEqual(both[1] ?? 0);
      }),
    );
  });
});

describe('the maintenance of a site', () => {
  const windows = [
    aWindow({ id: 'a', start: 100, end: 200 }),
    aWindow({ id: 'b', start: 150, end: 300 }),
    aWindow({ id: 'c', start: 300, end: 350 }),
    aWindow({ id: 'd', start: 360, end: 400 }),
    aWindow({ id: 'e', start: 340, end: 900, cancelledAt: 1 }),
    aWindow({ id: 'f', start: 340, end: 900, site: 'jgi' }),
  ];

  test('lasts to the end of the last of the windows that overlap or touch', () => {
    expect(activeAt(windows, 'aws', 99)).toBeUndefined();
    expect(activeAt(windows, 'aws', 100)).toMatchObject({ endsAt: 350 });
    expect(activeAt(windows, 'aws', 250)?.windows.map(({ id }) => id)).toEqual(['b', 'c']);
    expect(activeAt(windows, 'aws', 350)).toBeUndefined();
    expect(activeAt(windows, 'aws', 399)).toMatchObject({ endsAt: 400 });
  });
});
