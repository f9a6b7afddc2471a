import { expect, it } from 'vitest';
import { queuedRun, type RunState } from '../../src/core/run.ts';
import { createReporter } from '../../src/queue/reporter.ts';
import { ANN, deploy, gate } from '../fixtures/queue.ts';
import { until } from '../fixtures/until.ts';

const unexpected = (error: unknown): never => {
  throw error;
};
const at = (seq: number): RunState => ({ ...queuedRun('j', deploy(), ANN, 'aws-dev', 0), seq });

it('writes the first at once, then the newest, never two at a time', async () => {
  const written: number[] = [];
  const hold = gate();
  const reporter = createReporter(async ({ seq }) => {
    written.push(seq);
    await hold.promise;
  }, unexpected);
  for (let seq = 1; seq <= 50; seq++) reporter.report(at(seq));
  expect(written).toEqual([1]);
  hold.open();
  await reporter.flush();
  expect(written).toEqual([1, 50]);
});

it('writes the last one without being asked', async () => {
  const written: number[] = [];
  const reporter = createReporter(async ({ seq }) => void written.push(seq), unexpected, 20);
  reporter.report(at(1));
  reporter.report(at(2));
  reporter.report(at(3));
  await until('the last', () => written.at(-1) === 3);
  expect(written).toEqual([1, 3]);
});

it('goes on after a failed write and tells of it', async () => {
  const errors: unknown[] = [];
  const written: number[] = [];
  const reporter = createReporter(
    async ({ seq }) => {
      if (seq === 1) throw new Error('away');
      written.push(seq);
    },
    (error) => errors.push(error),
    1,
  );
  reporter.report(at(1));
  reporter.report(at(2));
  await reporter.flush();
  expect([errors.length, written]).toEqual([1, [2]]);
});

it('writes nothing after it was stopped', async () => {
  const written: number[] = [];
  const reporter = createReporter(async ({ seq }) => void written.push(seq), unexpected, 5);
  reporter.report(at(1));
  reporter.report(at(2));
  await reporter.stop();
  reporter.report(at(3));
  await reporter.flush();
  expect(written).toEqual([1]);
});
