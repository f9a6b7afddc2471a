import { defineConfig } from 'vitest/config';
import TallyReporter from './scripts/tally.ts';

/**
 * Three projects: `house` (rules about the source tree, no I/O beyond reading it), `unit` (pure and fast)
 * and `integration` (real sshd, supervisord, Redis: everything under test/integration, test/contract and test/lessons).
 */
export default defineConfig({
  test: {
    reporters: ['default', new TallyReporter()],
    projects: [
      { test: { name: 'house', include: ['test/house/**/*.test.ts'] } },
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/house/**', 'test/integration/**', 'test/contract/**', 'test/lessons/**'],
        },
      },
      {
        test: {
          name: 'integration',
          include: ['contract', 'integration', 'lessons'].map((folder) => `test/${folder}/**/*.test.ts`),
          testTimeout: 120_000,
          hookTimeout: 180_000,
          maxWorkers: 2,
          // After the quick ones: two cores have enough to do with real daemons.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
