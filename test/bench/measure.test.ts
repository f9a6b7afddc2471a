import { expect, test } from 'vitest';
import { measure, type Way } from '../../bench/measure.ts';
import { quantile, spreadOf } from '../../bench/statistics.ts';
import { amount, verdictText } from '../../bench/table.ts';

/** A way that comes to the given values in turn, and writes down each call. */
function scripted(name: string, values: readonly number[], calls: string[] = [], most?: number): Way {
  const left = [...values];
  return {
    name,
    ...(most === undefined ? {} : { most }),
    run: async () => {
      calls.push(name);
      return { value: left.shift() ?? 0, figures: { size: 7 } };
    },
  };
}

test('the ways take turns, each round beginning with another one', async () => {
  const calls: string[] = [];
  const ways = [scripted('ours', [9, 1, 3], calls), scripted('floor', [9, 2, 2], calls)];
  const result = await measure({ name: 'x', about: '', runs: 2, ways }, 2);
  expect(calls).toEqual(['floor', 'ours', 'ours', 'floor', 'floor', 'ours']);
  expect(result).toMatchObject({ ours: 2, floor: 2, ratioToFloor: 1, peer: null, peerName: null });
});

test('a way of few runs is measured so often and no more', async () => {
  const calls: string[] = [];
  const ways = [scripted('ours', [1, 1, 1, 1], calls), scripted('slow', [60], calls, 1)];
  const result = await measure({ name: 'x', about: '', runs: 3, ways }, 3);
  expect(calls.filter((name) => name === 'slow')).toHaveLength(1);
  expect(result).toMatchObject({ peer: 60, peerName: 'slow', ratioToPeer: 1 / 60, floor: null });
});

test('goals speak of ways and of their figures; what was not measured is neither met nor missed', async () => {
  const ways = [scripted('ours', [0, 4]), scripted('floor', [0, 2])];
  const goals = [
    { of: 'ours', to: 'floor', atMost: 1.15 },
    { of: 'floor', to: 'ours', atLeast: 0.5 },
    { of: 'ours.size', atMost: 7 },
    { of: 'ansible', to: 'ours', atLeast: 15 },
  ];
  const { verdicts, figures } = await measure({ name: 'x', about: '', runs: 1, ways, goals }, 1);
  expect(verdicts.map(({ met }) => met)).toEqual([false, true, true, null]);
  expect(verdicts.map(verdictText)[0]).toBe('FAIL  ours / floor ≤ 1.15: 2.00');
  expect(figures).toEqual({ 'ours.size': 7, 'floor.size': 7 });
});

test('what a way gives nothing of is timed', async () => {
  const ways = [{ name: 'ours', run: () => new Promise((resolve) => setTimeout(resolve, 20)) }];
  const { ours } = await measure({ name: 'x', about: '', runs: 1, warmUp: 0, ways }, 1);
  expect(ours).toBeGreaterThan(15);
});

test('quantiles lie between values, and nothing has none', () => {
  expect(spreadOf([4, 1, 3, 2])).toEqual({ median: 2.5, low: 1.75, high: 3.25, runs: 4 });
  expect(quantile([5], 0.99)).toBe(5);
  expect(() => spreadOf([])).toThrow(RangeError);
});

test('amounts have three digits that count', () => {
  expect([0, 0.01234, 1.2345, 99.95, 1234.5].map(amount)).toEqual(['0', '0.0123', '1.23', '100.0', '1235']);
});
