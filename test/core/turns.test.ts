import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { inTurns } from '../../src/core/turns.ts';

/** Work that ends when told to. */
function held() {
  const begun: number[] = [];
  const ends: ((failed: boolean) => void)[] = [];
  const work = (n: number) => () =>
    new Promise<number>((resolve, reject) => {
      begun.push(n);
      ends[n] = (failed) => (failed ? reject(new Error(`no ${n}`)) : resolve(n));
    });
  return { begun, ends, work };
}

it('begins so much at a time, in order, and goes on after what ended or failed', async () => {
  const { begun, ends, work } = held();
  const take = inTurns(2);
  const results = Promise.allSettled([0, 1, 2, 3].map((n) => take(work(n))));
  expect(begun).toEqual([0, 1]);
  ends[1]?.(true);
  await turn();
  expect(begun).toEqual([0, 1, 2]);
  ends[0]?.(false);
  await turn();
  expect(begun).toEqual([0, 1, 2, 3]);
  ends[2]?.(false);
  ends[3]?.(false);
  expect((await results).map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
  ]);
});

it('is free again when all have ended', async () => {
  const { begun, ends, work } = held();
  const take = inTurns(1);
  const first = take(work(0));
  const second = take(work(1));
  ends[0]?.(false);
  await first;
  await turn();
  ends[1]?.(false);
  expect(await second).toBe(1);
  void take(work(2));
  expect(begun).toEqual([0, 1, 2]);
});
