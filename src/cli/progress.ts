import { clean } from '../commands/text.ts';
import { STEP_MARKS, stepTook } from '../commands/wording.ts';
import type { RunState, StepState, StepStatus } from '../core/run.ts';

/** Shows a run as it goes on. `update` may be called with the same state more than once. */
export interface Progress {
  update(state: RunState): void;
  /** Leaves what is drawn as it stands; nothing moves any more. */
  close(): void;
}

/** Where it is shown, and what that can do. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** What a terminal says of itself: `NO_COLOR`, `TERM`. */
export type Environment = Readonly<Record<string, string | undefined>>;

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const;
const FRAME_MS = 100;
const COLORS: Readonly<Record<StepStatus, number>> = {
  pending: 90,
  running: 36,
  ok: 32,
  warned: 33,
  failed: 31,
  skipped: 90,
};

/**
 * Plain lines for a pipe, a log or a terminal that cannot move its cursor: one when a step begins, one when it has
 * ended. On any other terminal the list is drawn in place, each step in one line that fits, the one under way turning
 * and telling its time.
 * @param now milliseconds since the epoch, as the states count them
 */
export function createProgress(
  out: Screen,
  env: Environment = process.env,
  now: () => number = Date.now,
): Progress {
  return out.isTTY === true && env['TERM'] !== 'dumb' ? redrawn(out, env, now) : lined(out);
}

function lined(out: Screen): Progress {
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
    close: () => undefined,
  };
}

function redrawn(out: Screen, env: Environment, now: () => number): Progress {
  const colored = (env['NO_COLOR'] ?? '') === '';
  let shown: RunState | undefined;
  let drawn: readonly string[] = [];
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;

  function draw(): void {
    if (shown === undefined) return;
    const width = Math.max(20, (out.columns ?? 80) - 1);
    const lines = shown.steps.map((step) => {
      const mark =
        step.status === 'running' ? (SPINNER[frame % SPINNER.length] ?? '…') : STEP_MARKS[step.status];
      const text = fitted(`${STEP_MARKS[step.status]}${stepLine(step, now()).slice(1)}`, width).slice(1);
      return `${colored ? `\u001b[${COLORS[step.status]}m${mark}\u001b[0m` : mark}${text}`;
    });
    // Only lines that differ are written, in one go: nothing flickers, and what is selected stays selected.
    const up = drawn.length > 0 ? `\u001b[${drawn.length}A` : '';
    const body = lines.map((line, i) => (drawn[i] === line ? '\n' : `\u001b[2K${line}\n`)).join('');
    if (lines.some((line, i) => drawn[i] !== line)) out.write(`${up}${body}`);
    drawn = lines;
  }

  return {
    update(state) {
      shown = state;
      draw();
      if (timer !== undefined) return;
      timer = setInterval(() => {
        frame += 1;
        draw();
      }, FRAME_MS);
      // A run that nobody waits for must not keep the program.
      timer.unref();
    },
    close() {
      clearInterval(timer);
      draw();
    },
  };
}

/** At most so many columns, as far as characters tell; a line that is wrapped cannot be drawn over. */
function fitted(text: string, width: number): string {
  const characters = Array.from(text);
  const wide = (character: string) =>
    /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]|\p{Extended_Pictographic}/u.test(
      character,
    )
      ? 2
      : 1;
  let used = 0;
  const kept: string[] = [];
  for (const character of characters) {
    used += wide(character);
    if (used > width) return `${kept.slice(0, -1).join('')}…`;
    kept.push(character);
  }
  return text;
}

/**
 * One step in one line, e.g. `✓ Stop services  1.2 s  stopped`.
 * @param now milliseconds since the epoch; with it a step under way tells its time so far
 */
export function stepLine(step: StepState, now?: number): string {
  const { startedAt, status } = step;
  const soFar =
    status === 'running' && startedAt !== undefined && now !== undefined
      ? stepTook({ startedAt, finishedAt: Math.max(startedAt, now) })
      : undefined;
  const took = stepTook(step) ?? soFar;
  const last = status === 'running' ? step.tail?.at(-1) : undefined;
  const detail = step.detail ?? (now === undefined ? undefined : last);
  return [
    `${STEP_MARKS[status]} ${step.title}`,
    ...(took === undefined ? [] : [took]),
    ...(detail === undefined ? [] : [clean(detail).replaceAll('\n', ' ')]),
  ].join('  ');
}
