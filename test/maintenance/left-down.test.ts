import fc from 'fast-check';
import { expect, test } from 'vitest';
import { leftDown } from '../../src/maintenance/left-down.ts';
import { aWindow } from '../fixtures/windows.ts';

const MIN = 60_000;
const HOUR = 60 * MIN;
const LEFT = {
  site: 'aws',
  deployment: 'dev',
  wanted: 'up' as const,
  except: [],
  left: { jobId: 'd-1', at: 100 * HOUR, what: 'deploy failed' },
};

/** A stretch of time in which the bot looks every so many minutes, or is not there. */
const stretch = fc.record({
  minutes: fc.integer({ min: 1, max: 2000 }),
  every: fc.integer({ min: 1, max: 60 }),
  awake: fc.boolean(),
});

test('of a target left down there is at most one word in each interval, and one in each that the bot sees', () => {
  fc.assert(
    fc.property(
      fc.array(stretch, { maxLength: 12 }),
      fc.integer({ min: 1, max: 48 }),
      fc.option(fc.record({ start: fc.nat({ max: 5000 }), length: fc.integer({ min: 1, max: 3000 }) })),
      (stretches, quarters, maintenance) => {
        const everyMs = quarters * 15 * MIN;
        const first = LEFT.left.at + 15 * MIN;
        const start = LEFT.left.at + (maintenance?.start ?? 0) * MIN;
        const windows =
          maintenance === null ? [] : [aWindow({ start, end: start + maintenance.length * MIN })];
        const closed = (now: number) => windows.some((window) => window.start <= now && now < window.end);
        const said = new Set<string>();
        const spoken: number[] = [];
        const seen = new Set<number>();
        let now = LEFT.left.at;
        for (const { minutes, every, awake } of stretches) {
          const end = now + minutes * MIN;
          for (; awake && now < end; now += every * MIN) {
            if (now >= first && !closed(now)) seen.add(Math.floor((now - first) / everyMs));
            for (const { key, since } of leftDown([LEFT], windows, said, now, () => everyMs / HOUR)) {
              expect(since).toBeLessThanOrEqual(now);
              expect(now - since).toBeLessThan(everyMs);
              expect(closed(now)).toBe(false);
              said.add(key);
              spoken.push(Math.floor((now - first) / everyMs));
            }
          }
          now = end;
        }
        expect(spoken).toEqual([...seen]);
      },
    ),
  );
});

test('a decision ends it, and a new failure begins it anew', () => {
  const said = new Set<string>();
  const look = (intention: Parameters<typeof leftDown>[0][number], now: number) => {
    const found = leftDown([intention], [], said, now, () => 4);
    for (const { key } of found) said.add(key);
    return found.length;
  };
  const { left: _left, ...decided } = LEFT;
  expect(look(LEFT, 101 * HOUR)).toBe(1);
  expect(look(decided, 110 * HOUR)).toBe(0);
  expect(look({ ...LEFT, left: { ...LEFT.left, jobId: 'd-2', at: 110 * HOUR } }, 111 * HOUR)).toBe(1);
});
