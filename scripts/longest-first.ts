import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/**
 * The test files that take longest, the longest first. Begun late, one of them would run on alone while every other
 * worker has nothing left to do; and a fresh clone remembers no durations.
 */
export const LONGEST: readonly string[] = [
  'test/integration/product/systemd.test.ts',
  'test/integration/product/scrontab.test.ts',
  'test/integration/product/recovery.test.ts',
  'test/integration/product/deploy.test.ts',
  'test/integration/product/runbooks.test.ts',
  'test/integration/product/access.test.ts',
  'test/integration/product/nmdc.test.ts',
  'test/integration/product/apptainer.test.ts',
  'test/integration/product/browser.test.ts',
  'test/integration/maintenance-restarts.test.ts',
  'test/contract/launchers-scrontab.test.ts',
  'test/contract/launchers-legacy.test.ts',
  'test/contract/launchers-trouble.test.ts',
  'test/recipes/recipes.test.ts',
  'test/integration/product/secrets.test.ts',
  'test/contract/installers.test.ts',
  'test/integration/product/reservations.test.ts',
  'test/contract/detached.test.ts',
  'test/integration/product/operate.test.ts',
  'test/integration/product/maintenance.test.ts',
  'test/integration/queue-faults.test.ts',
  'test/contract/launchers-supervisor.test.ts',
  'test/lessons/37-running-once-is-not-health.test.ts',
  'test/integration/product/counts.test.ts',
  'test/integration/product/upkeep.test.ts',
  'test/golden/steps.test.ts',
];

/** Puts {@link LONGEST} before all others, which keep their order. `pathOf` gives a file's absolute path. */
export function longestFirst<T>(files: readonly T[], pathOf: (file: T) => string): T[] {
  const rank = (file: T): number => {
    const found = LONGEST.findIndex((name) => pathOf(file).endsWith(`/${name}`));
    return found < 0 ? LONGEST.length : found;
  };
  return files.toSorted((a, b) => rank(a) - rank(b));
}

/** The order in which vitest begins test files. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return longestFirst(await super.sort(files), ({ moduleId }) => moduleId);
  }
}
