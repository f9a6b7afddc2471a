import { OpsError } from '../core/errors.ts';
import { succeeded } from '../core/exit.ts';
import type { Step } from '../core/plan.ts';
import { runDetached } from '../remote/detached.ts';
import { causeOf, causeOfTimeout, lastLine, stepFailure, toldIn } from './failure.ts';
import type { Running } from './running.ts';

/** How long a step may be without a connection before its outcome is called unknown, in milliseconds. */
const RECONNECT_MS = 10 * 60_000;

/** Runs one step that changes the site: detached, at most once, behind the fence, its output redacted as it comes. */
export async function runAct(running: Running, step: Step): Promise<void> {
  const { context, parts, recorder } = running;
  const { target, connector, redactor } = parts;
  const cleaner = redactor.stream();
  let unfinished = '';
  /** Whole lines only: a piece of one would be shown as a line of its own. */
  const output = (text: string, last = false) => {
    const end = last ? unfinished.length + text.length : (unfinished + text).lastIndexOf('\n') + 1;
    const lines = (unfinished + text).slice(0, end);
    unfinished = (unfinished + text).slice(end);
    if (lines !== '') void recorder.emit({ type: 'step-output', step: step.id, text: lines });
  };
  await recorder.emit({ type: 'step-started', step: step.id });
  const result = await runDetached({
    connect: () => connector.connect(target.access),
    opsDir: target.paths.ops,
    jobId: context.jobId,
    attempt: context.attempt,
    who: context.caller.name,
    ...(running.displaces === undefined ? {} : { displaces: running.displaces }),
    step,
    lock: running.holding ? 'hold' : 'acquire',
    onOutput: (text) => output(cleaner.push(text)),
    signal: context.signal,
    // A cancel ends the step at the site; a worker that shuts down leaves it to the next one.
    endsOn: (reason) => reason instanceof OpsError,
    reconnectTimeoutMs: RECONNECT_MS,
  });
  running.holding = true;
  output(cleaner.end(), true);
  const whole = redactor.text(result.output);
  if (succeeded(result.exit)) {
    // Of a runbook's command nobody knows which of its lines matters; the last one most often does.
    const detail = toldIn(whole) ?? (context.request.action === 'command' ? lastLine(whole) : undefined);
    await recorder.emit({
      type: 'step-finished',
      step: step.id,
      status: /^warning: /m.test(whole) ? 'warned' : 'ok',
      ...(detail === undefined ? {} : { detail }),
    });
    return;
  }
  const cause =
    result.exit.kind === 'timeout' ? causeOfTimeout(whole, step.timeoutMs) : causeOf(whole, result.exit);
  await context.saveOutput(step.id, whole);
  await recorder.emit({
    type: 'step-finished',
    step: step.id,
    status: step.onFailure === 'stop' ? 'failed' : 'warned',
    detail: cause,
  });
  if (step.onFailure === 'stop') throw stepFailure(target, step, result.exit, cause);
}
