import { clean } from '../commands/text.ts';
import type { RunState, StepState, StepStatus } from '../core/run.ts';

/** Shows a run as it goes on. `update` may be called with the same state more than once. */
export interface Progress {
  update(state: RunState): void;
}

const MARK: Readonly<Record<StepStatus, string>> = {
  pending: '·',
  running: '…',
  ok: '✔',
  warned: '!',
  failed: '✘',
  skipped: '-',
};

/**
 * Plain lines for a pipe or a log: one when a step begins, one when it has ended. On a terminal the whole list is
 * drawn again in place instead.
 */
export function createProgress(out: NodeJS.WriteStream): Progress {
  return out.isTTY ? redrawn(out) : lined(out);
}

function lined(out: NodeJS.WritableStream): Progress {
  const told = new Map<string, StepStatus>();
  return {
    update(state) {
      for (const step of state.steps) {
        const before = told.get(step.id);
        if (before === step.status || step.status === 'pending') continue;
        told.set(step.id, step.status);
        out.write(`${stepLine(step)}\n`);
      }
    },
  };
}

function redrawn(out: NodeJS.WriteStream): Progress {
  let drawn = 0;
  return {
    update(state) {
      const lines = state.steps.map((step) => stepLine(step).slice(0, Math.max(20, out.columns - 1)));
      out.write(
        `${drawn > 0 ? `\u001b[${drawn}A` : ''}${lines.map((line) => `\u001b[2K${line}\n`).join('')}`,
      );
      drawn = lines.length;
    },
  };
}

/** One step in one line, e.g. `✔ Stop services  1.2 s  stopped`. */
export function stepLine(step: StepState): string {
  const { startedAt, finishedAt } = step;
  const took =
    startedAt !== undefined && finishedAt !== undefined
      ? `  ${((finishedAt - startedAt) / 1000).toFixed(1)} s`
      : '';
  const detail = step.detail === undefined ? '' : `  ${clean(step.detail).replaceAll('\n', ' ')}`;
  return `${MARK[step.status]} ${step.title}${took}${detail}`;
}
