import type { Reporter, TestModule } from 'vitest/node';
import { STEP_IDS, type StepId } from '../src/core/plan.ts';

/** What one test of the fault matrix tells of its run. */
export interface Cell {
  readonly fault: string;
  readonly step: StepId;
  /** How the run ended, and what became of the site, e.g. `succeeded: 2.5.4`. */
  readonly outcome: string;
  /** Seconds that services were down, as far as the run can tell. */
  readonly downSec?: number;
}

declare module 'vitest' {
  interface TaskMeta {
    cell?: Cell;
  }
}

/** The matrix as text: a row per fault, in the order in which they ran, and a column per step, in that of a run. */
export function describeCells(cells: readonly (Cell & { readonly ok: boolean })[]): string {
  const steps = STEP_IDS.filter((id) => cells.some(({ step }) => step === id));
  const rows = [...new Set(cells.map(({ fault }) => fault))].map((fault) => [
    fault,
    ...steps.map((step) => {
      const cell = cells.find((each) => each.fault === fault && each.step === step);
      if (cell === undefined) return '';
      const down = cell.downSec === undefined ? '' : `, ${cell.downSec.toFixed(1)} s`;
      return `${cell.ok ? '' : 'WRONG '}${cell.outcome}${down}`;
    }),
  ]);
  const table = [['fault \\ step', ...steps], ...rows];
  const widths = table[0]?.map((_, i) => Math.max(...table.map((row) => row[i]?.length ?? 0))) ?? [];
  return table
    .map((row) =>
      row
        .map((text, i) => text.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Ends a run of the fault matrix, or of some of it, with its table. */
export default class FaultTableReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const cells = modules
      .flatMap((module) => [...module.children.allTests()])
      .flatMap((test) => {
        const { cell } = test.meta();
        return cell === undefined ? [] : [{ ...cell, ok: test.result().state === 'passed' }];
      });
    const told = 'What each run came to, and the seconds that services were down:';
    if (cells.length > 0) process.stdout.write(`\n${told}\n${describeCells(cells)}\n`);
  }
}
