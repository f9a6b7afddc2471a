import { expect, test } from 'vitest';
import { endInOrder } from '../../src/cli/processes.ts';

/** A logger that keeps what it was told. */
function aLogger() {
  const told: string[] = [];
  return { told, logger: { error: (_: unknown, message?: string) => void told.push(message ?? '') } };
}

test('a process whose parts have ended has ended in order', async () => {
  const { told, logger } = aLogger();
  expect(await endInOrder({ close: async () => undefined }, logger, 60_000)).toBe(true);
  expect(await endInOrder(undefined, logger, 60_000), 'nothing had been started yet').toBe(true);
  expect(told).toEqual([]);
});

test('a part that never ends does not keep the process', async () => {
  const { told, logger } = aLogger();
  const forever = new Promise<void>(() => undefined);
  expect(await endInOrder({ close: () => forever }, logger, 10)).toBe(false);
  expect(told).toEqual(['not ended in time']);
});

test('a part that cannot end is told, and does not keep the process', async () => {
  const { told, logger } = aLogger();
  const refused = async () => Promise.reject(new Error('the connection is closed'));
  expect(await endInOrder({ close: refused }, logger, 60_000)).toBe(false);
  expect(told).toEqual(['not ended in order']);
});
