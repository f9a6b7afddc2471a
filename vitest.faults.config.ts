import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import FaultTableReporter from './scripts/fault-table.ts';

/** The fault matrix: a run of its own, as it takes about as long as all other tests together. */
export default defineConfig({
  test: {
    reporters: ['verbose', new FaultTableReporter()],
    include: ['test/faults/**/*.test.ts'],
    testTimeout: 480_000,
    hookTimeout: 300_000,
    // Each file has sites and processes of its own, and waits for services to settle most of its time.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
  },
});
