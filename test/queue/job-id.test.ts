import fc from 'fast-check';
import { expect, it } from 'vitest';
import { newJobId } from '../../src/queue/job-id.ts';

it('says when, and is fit for a folder, a Slack command and BullMQ', () => {
  const id = newJobId(Date.UTC(2026, 10, 22, 14, 30, 15, 999));
  expect(id).toMatch(/^20261122-143015-rr[0-9a-z]{4}$/);
});

it('sorts by time', () => {
  const time = fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2100, 0) });
  fc.assert(
    fc.property(time, time, (a, b) => {
      if (a !== b) expect(newJobId(a) < newJobId(b)).toBe(a < b);
    }),
  );
});

it('is unique within a millisecond', () => {
  expect(new Set(Array.from({ length: 5_000 }, () => newJobId(0))).size).toBe(5_000);
});
