import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import FaultTableReporter from './scripts/fault-table.ts';
import LongestFirst from './scripts/longest-first.ts';
import TallyReporter from './scripts/tally.ts';

/**
 * More than half of their time tests on real parts wait for services: the life of a deployment takes a third of a
 * core. With many more workers than these a supervisor is starved and does not settle in its time.
 */
const WORKERS = availableParallelism() * 2;

/** Folders of the tests that use real parts. */
const REAL = ['contract', 'integration', 'lessons', 'golden', 'recipes'];

/**
 * Files that one worker runs share their modules, as loading them anew for each costs as much as the tests themselves.
 * No module of ours keeps state that a test could see.
 */
const isolate = false;

/** How long `expect.poll` looks: as long as a test may take, near enough. By itself it gives up after one second. */
const pollingFor = (timeout: number) => ({ poll: { timeout } });

/**
 * Four projects: `house` (rules about the source tree, no I/O beyond reading it), `unit` (pure and fast),
 * `integration` (real sshd, supervisord, Slurm, Redis, compilers and readers: the folders of {@link REAL}) and `faults`
 * (every step of a deploy under every fault).
 */
export default defineConfig({
  test: {
    reporters: ['default', new FaultTableReporter(), new TallyReporter()],
    sequence: { sequencer: LongestFirst },
    projects: [
      { test: { name: 'house', isolate, include: ['test/house/**/*.test.ts'] } },
      {
        test: {
          name: 'unit',
          isolate,
          // Far more than any of them takes: a machine that is busy with other things is no failure.
          testTimeout: 30_000,
          expect: pollingFor(25_000),
          include: ['test/**/*.test.ts'],
          exclude: ['house', 'faults', ...REAL].map((folder) => `test/${folder}/**`),
        },
      },
      {
        test: {
          name: 'integration',
          isolate,
          include: REAL.map((folder) => `test/${folder}/**/*.test.ts`),
          setupFiles: ['test/setup/situation.ts'],
          testTimeout: 480_000,
          expect: pollingFor(100_000),
          hookTimeout: 480_000,
          maxWorkers: WORKERS,
          // After the quick ones, which need the cores.
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          // Several outages and time limits in one run.
          testTimeout: 480_000,
          expect: pollingFor(100_000),
          hookTimeout: 480_000,
          // Each has several sites, so fewer are as much.
          maxWorkers: Math.ceil(availableParallelism() * 1.5),
          // On their own: they hold steps back and stop processes, and count what comes of it.
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
