import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Window } from '../../src/core/window.ts';
import { due, type Reminder } from '../../src/maintenance/due.ts';
import { aWindow } from '../fixtures/windows.ts';

const MIN = 60_000;
const HOUR = 60 * MIN;
const BEFORE = [1440, 120, 0];
const window = (over: Partial<Window> = {}) => aWindow({ start: 100 * HOUR, end: 112 * HOUR, ...over });

/** The bot: looks every so often and remembers what it said. */
class Teller {
  readonly sent = new Set<string>();
  readonly said: Reminder[] = [];
  tick(windows: readonly Window[], now: number): string[] {
    const found = due(windows, this.sent, now, () => BEFORE);
    for (const reminder of found) this.sent.add(reminder.key);
    this.said.push(...found);
    return found.map(({ kind, key }) => `${kind} ${key}`);
  }
}

describe('reminders', () => {
  test('come a day before, two hours before, at the start and at the end, each once', () => {
    const teller = new Teller();
    for (let now = 70 * HOUR; now < 140 * HOUR; now += MIN) teller.tick([window()], now);
    expect(teller.said.map(({ kind, since }) => [kind, since / HOUR])).toEqual([
      ['before', 76],
      ['before', 98],
      ['start', 100],
      ['end', 112],
    ]);
  });

  test('that nobody was there to give are not made up for, except the latest', () => {
    expect(new Teller().tick([window()], 99 * HOUR)).toEqual(['before w/1/before-120']);
    expect(new Teller().tick([window()], 105 * HOUR)).toEqual(['start w/1/start']);
    expect(new Teller().tick([window()], 113 * HOUR)).toEqual(['end w/1/end']);
    expect(new Teller().tick([window()], 200 * HOUR)).toEqual([]);
  });

  test('of a window that moved say so, at once when the old time had been announced', () => {
    const teller = new Teller();
    teller.tick([window()], 76 * HOUR);
    const later = window({ start: 200 * HOUR, end: 212 * HOUR, revision: 2, changedAt: 80 * HOUR });
    expect(teller.tick([later], 80 * HOUR)).toEqual(['moved w/2/moved']);
    expect(teller.tick([later], 81 * HOUR)).toEqual([]);
    expect(teller.tick([later], 176 * HOUR)).toEqual(['before w/2/before-1440']);
    const longer = { ...later, end: 230 * HOUR, revision: 3, changedAt: 205 * HOUR };
    expect(teller.tick([later], 200 * HOUR)).toEqual(['start w/2/start']);
    expect(teller.tick([longer], 205 * HOUR)).toEqual(['start w/3/start']);
    expect(teller.said.at(-1)).toMatchObject({ changed: true, endsAt: 230 * HOUR });
    expect(teller.tick([longer], 213 * HOUR)).toEqual([]);
    expect(teller.tick([longer], 230 * HOUR)).toEqual(['end w/3/end']);
  });

  test('of a window that is off are one word, if it had been announced at all', () => {
    const off = window({ cancelledAt: 80 * HOUR });
    expect(new Teller().tick([off], 80 * HOUR)).toEqual([]);
    const teller = new Teller();
    teller.tick([window()], 79 * HOUR);
    expect(teller.tick([off], 80 * HOUR)).toEqual(['cancelled w/1/cancelled']);
    expect(teller.tick([off], 101 * HOUR)).toEqual([]);
  });

  test('of windows that overlap name the end of the last, and only that one ends', () => {
    const second = aWindow({ id: 'x', start: 110 * HOUR, end: 120 * HOUR });
    const teller = new Teller();
    teller.tick([window(), second], 100 * HOUR);
    expect(teller.said[0]).toMatchObject({ kind: 'start', endsAt: 120 * HOUR });
    for (let now = 101 * HOUR; now < 130 * HOUR; now += 10 * MIN) teller.tick([window(), second], now);
    expect(teller.said.filter(({ kind }) => kind === 'end').map(({ key }) => key)).toEqual(['x/1/end']);
  });
});

type Event =
  | { kind: 'pass'; minutes: number; awake: boolean }
  | { kind: 'move'; by: number; length: number }
  | { kind: 'cancel' };

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      minutes: fc.integer({ min: 1, max: 3000 }),
      awake: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('move' as const),
      by: fc.integer({ min: -2000, max: 4000 }),
      length: fc.integer({ min: 1, max: 1500 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'cancel' as const }) },
);

test('whatever happens: nothing twice, nothing of the past, and what is due while the bot is there is said', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 5000 }),
      fc.integer({ min: 1, max: 3000 }),
      fc.array(event, { maxLength: 25 }),
      (start, length, events) => {
        let now = 0;
        let subject = aWindow({ start: start * MIN, end: (start + length) * MIN });
        const teller = new Teller();
        const keys: string[] = [];
        const look = () => {
          for (const { key, window: told, kind, endsAt } of due([subject], teller.sent, now, () => BEFORE)) {
            expect(told.revision).toBe(subject.revision);
            if (kind === 'before') expect(now).toBeLessThan(subject.start);
            if (kind === 'start') expect(now).toBeLessThan(subject.end);
            expect(endsAt).toBe(subject.end);
            keys.push(key);
            teller.sent.add(key);
          }
          // Said once, it is not due again at the same moment.
          expect(due([subject], teller.sent, now, () => BEFORE)).toEqual([]);
        };
        for (const happening of events) {
          if (happening.kind === 'pass') {
            const end = now + happening.minutes * MIN;
            if (!happening.awake) now = end;
            for (; now < end; now += 43 * MIN) look();
            if (
              happening.awake &&
              subject.cancelledAt === undefined &&
              now >= subject.start &&
              now < subject.end
            ) {
              look();
              expect(keys.some((key) => key === `w/${subject.revision}/start`)).toBe(true);
            }
          } else if (happening.kind === 'move' && subject.cancelledAt === undefined) {
            const from = subject.start + happening.by * MIN;
            subject = {
              ...subject,
              start: from,
              end: from + happening.length * MIN,
              revision: subject.revision + 1,
              changedAt: now,
            };
          } else if (happening.kind === 'cancel') subject = { ...subject, cancelledAt: now };
          if (happening.kind !== 'pass' || happening.awake) look();
        }
        expect(new Set(keys).size).toBe(keys.length);
        const perStage = new Map<string, number>();
        for (const key of keys) perStage.set(key, (perStage.get(key) ?? 0) + 1);
        expect([...perStage.values()].every((count) => count === 1)).toBe(true);
      },
    ),
    { numRuns: 150 },
  );
});

test('windows of a site that overlap or touch are one maintenance: one end of each, and every start names it', () => {
  const span = fc.record({ start: fc.nat({ max: 4000 }), length: fc.integer({ min: 1, max: 1200 }) });
  fc.assert(
    fc.property(
      fc.array(span, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 55 }),
      (spans, step) => {
        const windows = spans.map(({ start, length }, i) =>
          aWindow({ id: `w${i}`, start: (start + 1500) * MIN, end: (start + 1500 + length) * MIN }),
        );
        const teller = new Teller();
        for (let now = 0; now < 7000 * MIN; now += step * MIN) teller.tick(windows, now);
        const blocks: { start: number; end: number }[] = [];
        for (const { start, end } of windows.toSorted((a, b) => a.start - b.start)) {
          const last = blocks.at(-1);
          if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
          else blocks.push({ start, end });
        }
        const ofKind = (kind: Reminder['kind']) => teller.said.filter((reminder) => reminder.kind === kind);
        expect(
          ofKind('end')
            .map(({ window: { end } }) => end)
            .sort((a, b) => a - b),
        ).toEqual(blocks.map(({ end }) => end));
        for (const { window: told, endsAt } of [...ofKind('start'), ...ofKind('before')]) {
          expect(blocks.find(({ start, end }) => start <= told.start && told.start < end)?.end).toBe(endsAt);
        }
        expect(new Set(teller.said.map(({ key }) => key)).size).toBe(teller.said.length);
      },
    ),
    { numRuns: 60 },
  );
});
