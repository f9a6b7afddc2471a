import type { Reporter, TestModule } from 'vitest/node';

/** How many tests ended how. A file or hook that failed outside of any test counts as one failed test. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The last line of a test run, e.g. `412 passed, 0 failed`. */
export function describeTally({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** Counts the tests of finished modules. `strays` are errors that belong to no test. */
export function tallyOf(modules: readonly TestModule[], strays: number): Tally {
  let [passed, failed, skipped] = [0, strays, 0];
  for (const module of modules) {
    failed += module.errors().length;
    for (const suite of module.children.allSuites()) failed += suite.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') passed++;
      else if (state === 'skipped') skipped++;
      else failed++;
    }
  }
  return { passed, failed, skipped };
}

/** Ends a run of vitest with one plain line of figures. */
export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], strays: readonly unknown[]): void {
    process.stdout.write(`\n${describeTally(tallyOf(modules, strays.length))}\n`);
  }
}
