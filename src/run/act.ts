import { OpsError } from '../core/errors.ts';
import { succeeded } from '../core/exit.ts';
import type { Step } from '../core/plan.ts';
import { marked, markOf, toldBy, unmarked } from '../core/record.ts';
import { runDetached } from '../remote/detached.ts';
import { causeOf, causeOfTimeout, lastLine, stepFailure, toldIn } from './failure.ts';
import type { Running } from './running.ts';

/** How long a step may be without a connection before its outcome is called unknown, in milliseconds. */
const RECONNECT_MS = 10 * 60_000;

/** Runs one step that changes the site: detached, at most once, behind the fence, its output redacted as it comes. */
export async function runAct(running: Running, step: Step): Promise<void> {
  const { context, parts, recorder } = running;
  const { target, connector, redactor } = parts;
  // Known at execution only: the plan that was approved is the same for every job.
  const mark = markOf(context.jobId, step.id);
  const cleaner = redactor.stream();
  let unfinished = '';
  /** Whole lines only: a piece of one would be shown as a line of its own. */
  const emit = (text: string, last = false) => {
    const end = last ? unfinished.length + text.length : (unfinished + text).lastIndexOf('\n') + 1;
    const lines = (unfinished + text).slice(0, end);
    unfinished = (unfinished + text).slice(end);
    if (lines !== '') void recorder.emit({ type: 'step-output', step: step.id, text: unmarked(lines, mark) });
  };
  await recorder.emit({ type: 'step-started', step: step.id });
  const result = await runDetached({
    connect: () => connector.connect(target.access),
    opsDir: target.paths.ops,
    jobId: context.jobId,
    attempt: context.attempt,
    who: context.caller.name,
    ...(running.displaces === undefined ? {} : { displaces: running.displaces }),
    step: { ...step, script: marked(step.script, mark) },
    lock: running.holding ? 'hold' : 'acquire',
    onOutput: (text) => emit(cleaner.push(text)),
    signal: context.signal,
    // A cancel ends the step at the site; a worker that shuts down leaves it to the next one.
    endsOn: (reason) => reason instanceof OpsError,
    reconnectTimeoutMs: RECONNECT_MS,
  });
  running.holding = true;
  emit(cleaner.end(), true);
  const output = redactor.text(result.output);
  const whole = unmarked(output, mark);
  if (succeeded(result.exit)) {
    // Of a runbook's command nobody knows which of its lines matters; the last one most often does.
    const detail =
      toldIn(output, mark) ?? (context.request.action === 'command' ? lastLine(whole) : undefined);
    await recorder.emit({
      type: 'step-finished',
      step: step.id,
      status: toldBy(output, mark, 'warning').length > 0 ? 'warned' : 'ok',
      ...(detail === undefined ? {} : { detail }),
    });
    return;
  }
  const cause =
    result.exit.kind === 'timeout'
      ? causeOfTimeout(whole, step.timeoutMs)
      : causeOf(output, mark, result.exit);
  await context.saveOutput(step.id, whole);
  await recorder.emit({
    type: 'step-finished',
    step: step.id,
    status: step.onFailure === 'stop' ? 'failed' : 'warned',
    detail: cause,
  });
  if (step.onFailure === 'stop') throw stepFailure(target, step, result.exit, cause);
}
