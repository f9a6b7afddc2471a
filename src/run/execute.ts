import { OpsError, type Problem, problemOf } from '../core/errors.ts';
import { describeExit, type Exit, succeeded } from '../core/exit.ts';
import type { Finding } from '../core/finding.ts';
import type { Plan, Step } from '../core/plan.ts';
import type { Redactor } from '../core/redact.ts';
import { queuedRun, type RunState } from '../core/run.ts';
import type { TargetStatus } from '../core/service.ts';
import type { Target } from '../core/target.ts';
import type { Connector } from '../core/transport.ts';
import type { Release } from '../installers/installer.ts';
import type { Launched } from '../launchers/launcher.ts';
import { judgeCheck, judgeIdentity, type Observation, observation } from '../plan/check.ts';
import { describePlan } from '../plan/describe.ts';
import { checkStep, makePlan, outline, releaseOf } from '../plan/plan.ts';
import { verification } from '../plan/verify.ts';
import type { RunContext } from '../queue/api.ts';
import { finishRun, runDetached } from '../remote/detached.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { observeTarget } from './status.ts';

/** What a run needs besides its job. */
export interface RunParts {
  readonly target: Target;
  readonly connector: Connector;
  readonly redactor: Redactor;
  /** Name of this worker process, for people. */
  readonly worker: string;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** How long a step survives without a connection before its outcome is called unknown, in milliseconds. */
const RECONNECT_MS = 10 * 60_000;

/**
 * Carries one action out: look, judge, plan, act step by step, look again. Every ending is a final state; the only
 * rejection is an interruption (shutdown, lost lock), after which another worker goes on from the last snapshot.
 */
export async function execute(context: RunContext, parts: RunParts): Promise<RunState> {
  const { target } = parts;
  const first =
    context.previous ??
    queuedRun(context.jobId, context.request, context.caller, target.id, context.queuedAt);
  const recorder = createRecorder(first, parts.now, (state) => context.report(state));
  await recorder.emit({ type: 'started', attempt: context.attempt, worker: parts.worker });
  const run = new Run(context, parts, recorder);
  try {
    await run.perform();
  } catch (error) {
    if (context.signal.aborted && !(context.signal.reason instanceof OpsError)) throw context.signal.reason;
    await run.end(
      error instanceof Ending ? error.status : 'failed',
      problemOf(error instanceof Ending ? error.cause : error),
    );
  }
  return recorder.state;
}

/** A run that ends early with a status of its own. */
class Ending extends Error {
  readonly status: 'failed' | 'refused' | 'cancelled';

  constructor(status: 'failed' | 'refused' | 'cancelled', cause: OpsError) {
    super(cause.message, { cause });
    this.status = status;
  }
}

class Run {
  readonly #context: RunContext;
  readonly #parts: RunParts;
  readonly #recorder: Recorder;
  /** Whether this attempt has the lock at the site. */
  #holding = false;

  constructor(context: RunContext, parts: RunParts, recorder: Recorder) {
    this.#context = context;
    this.#parts = parts;
    this.#recorder = recorder;
  }

  async perform(): Promise<void> {
    const { request, jobId } = this.#context;
    const { target } = this.#parts;
    const release = releaseOf(target, request, jobId);
    if (this.#recorder.state.steps.length === 0) {
      await this.#recorder.emit({
        type: 'planned',
        version: release.version,
        notes: [],
        steps: outline(request),
      });
    }
    const seen = await this.#check(release);
    const plan = makePlan(request, target, release, seen);
    await this.#announce(plan);
    if (request.dryRun) {
      await this.#context.saveOutput('check', describePlan(plan));
      return this.end('succeeded');
    }
    for (const step of plan.steps) {
      const known = this.#recorder.state.steps.find((state) => state.id === step.id);
      if (known?.status === 'ok' || known?.status === 'warned') continue;
      if (step.kind === 'act') await this.#act(step);
      else if (step.id === 'verify') await this.#verify(step);
    }
    await this.end('succeeded');
  }

  /** Ends the run: the lock released, one line in the site's audit log, the true state of the services, the result. */
  async end(status: 'succeeded' | 'failed' | 'refused' | 'cancelled', problem?: Problem): Promise<void> {
    const { state } = this.#recorder;
    const stopped = state.steps.find((step) => step.id === 'stop')?.startedAt;
    const started = state.steps.find((step) => step.id === 'start' && step.status === 'ok')?.finishedAt;
    if (this.#holding) {
      if (status !== 'succeeded') await this.#observe();
      await this.#release(status);
    }
    await this.#recorder.emit({
      type: 'finished',
      status,
      ...(problem === undefined ? {} : { problem }),
      ...(stopped !== undefined && started !== undefined ? { downtimeMs: started - stopped } : {}),
    });
  }

  /** Looks at the site and judges; what was seen is remembered so that a resumed run makes the same plan. */
  async #check(release: Release): Promise<Observation> {
    const { request, jobId, memory } = this.#context;
    const { target, redactor } = this.#parts;
    const remembered = memory['observation'];
    const done = this.#recorder.state.steps.find((step) => step.id === 'check');
    if (remembered !== undefined && done?.status !== 'running' && done?.status !== 'pending')
      return remembered as Observation;
    const step = checkStep(target, release);
    await this.#recorder.emit({ type: 'step-started', step: 'check' });
    const seen = await this.#look(step, observation(target, release));
    const findings =
      request.action === 'deploy'
        ? judgeCheck(target, release, seen, jobId)
        : judgeIdentity(target, seen, jobId);
    await this.#conclude(
      'check',
      findings,
      new OpsError('refused.check', summary(findings), nextOf(findings)),
      'refused',
    );
    await this.#context.remember({ observation: JSON.parse(redactor.text(JSON.stringify(seen))) });
    return seen;
  }

  async #announce(plan: Plan): Promise<void> {
    const { planHash } = this.#recorder.state;
    if (planHash !== undefined && planHash !== plan.hash) {
      throw new OpsError(
        'step.lost',
        `${plan.target}: the configuration changed while the run was interrupted`,
        {
          next: 'Run the command again: the new plan starts from what is at the site now.',
        },
      );
    }
    const { hash, version, notes, steps } = plan;
    await this.#recorder.emit({
      type: 'planned',
      hash,
      version,
      notes,
      steps: steps.map(({ id, title }) => ({ id, title })),
    });
  }

  async #act(step: Step): Promise<void> {
    const { jobId, attempt, signal, caller } = this.#context;
    const { target, connector, redactor } = this.#parts;
    const cleaner = redactor.stream();
    await this.#recorder.emit({ type: 'step-started', step: step.id });
    const output = (text: string) => {
      if (text !== '') void this.#recorder.emit({ type: 'step-output', step: step.id, text });
    };
    const result = await runDetached({
      connect: () => connector.connect(target.access, signal),
      opsDir: target.paths.ops,
      jobId,
      attempt,
      who: caller.name,
      step,
      lock: this.#holding ? 'hold' : 'acquire',
      onOutput: (text) => output(cleaner.push(text)),
      signal,
      reconnectTimeoutMs: RECONNECT_MS,
    });
    this.#holding = true;
    output(cleaner.end());
    const whole = redactor.text(result.output);
    if (succeeded(result.exit)) {
      const warned = /^warning: /m.test(whole);
      const detail = lastLine(whole);
      return this.#recorder.emit({
        type: 'step-finished',
        step: step.id,
        status: warned ? 'warned' : 'ok',
        ...(detail === undefined ? {} : { detail }),
      });
    }
    await this.#context.saveOutput(step.id, whole);
    const cause = causeOf(whole) ?? describeExit(result.exit);
    await this.#recorder.emit({ type: 'step-finished', step: step.id, status: 'failed', detail: cause });
    if (step.onFailure === 'stop') throw failure(target, step, result.exit, cause);
  }

  async #verify(step: Step): Promise<void> {
    const { request } = this.#context;
    const { target } = this.#parts;
    await this.#recorder.emit({ type: 'step-started', step: 'verify' });
    const { fact, judge } = verification(request, target);
    let output = '';
    const launched = await this.#look(step, {
      ...fact,
      parse: (stdout, code) => {
        output = stdout;
        return fact.parse(stdout, code);
      },
    });
    await this.#recorder.emit({ type: 'observed', status: this.#statusOf(launched) });
    const findings = judge(launched);
    if (findings.some((finding) => finding.level === 'fail')) {
      await this.#context.saveOutput('verify', this.#parts.redactor.text(output));
    }
    await this.#conclude(
      'verify',
      findings,
      new OpsError('verify.failed', summary(findings), nextOf(findings)),
      'failed',
    );
  }

  async #look<T>(step: Step, fact: { parse(stdout: string, code: number): T }): Promise<T> {
    const { target, connector } = this.#parts;
    const transport = await connector.connect(target.access, this.#context.signal);
    const { shell, timeoutMs } = step;
    const { exit, stdout, stderr } = await transport.run(step.script, {
      shell,
      timeoutMs,
      signal: this.#context.signal,
    });
    if (exit.kind !== 'exit') throw failure(target, step, exit, lastLine(stderr) ?? describeExit(exit));
    return fact.parse(stdout, exit.code);
  }

  async #conclude(
    id: 'check' | 'verify',
    findings: readonly Finding[],
    error: OpsError,
    status: 'failed' | 'refused',
  ): Promise<void> {
    const bad = findings.filter((finding) => finding.level !== 'ok');
    const failed = bad.some((finding) => finding.level === 'fail');
    const text = bad.map((finding) => `${finding.subject}: ${finding.message}`).join('\n');
    if (text !== '')
      await this.#recorder.emit({ type: 'step-output', step: id, text: this.#parts.redactor.text(text) });
    await this.#recorder.emit({
      type: 'step-finished',
      step: id,
      status: failed ? 'failed' : bad.length > 0 ? 'warned' : 'ok',
      detail: failed
        ? this.#parts.redactor.text(error.message)
        : `${findings.length} checks passed${bad.length > 0 ? ` with ${bad.length} remarks` : ''}`,
    });
    if (failed) throw new Ending(status, error);
  }

  /** The services as they are now, for the end of a failed run; an unreachable site is an answer too. */
  async #observe(): Promise<void> {
    const { target, connector, now } = this.#parts;
    await this.#recorder.emit({
      type: 'observed',
      status: await observeTarget(target, connector, now, this.#context.signal),
    });
  }

  async #release(status: string): Promise<void> {
    const { target, connector, now } = this.#parts;
    const { jobId, attempt, caller, request } = this.#context;
    const what = `${request.action} ${target.id} ${this.#recorder.state.version ?? ''}`.trim();
    try {
      await finishRun({
        connect: () => connector.connect(target.access),
        opsDir: target.paths.ops,
        jobId,
        attempt,
        auditLine: `${new Date(now()).toISOString()} ${caller.name} (${caller.id}) ${what} ${status} job=${jobId}`,
      });
    } catch (error) {
      // The run's own result matters more than its tidying up; the lock names this job and is taken over by the next.
      await this.#recorder.emit({
        type: 'step-output',
        step: 'verify',
        text: `not tidied up: ${problemOf(error).message}`,
      });
    }
  }

  #statusOf(launched: Launched): TargetStatus {
    const { site, deployment } = this.#parts.target;
    const { version } = this.#recorder.state;
    return {
      site,
      deployment,
      ...launched,
      ...(version === undefined ? {} : { version }),
      observedAt: this.#parts.now(),
    };
  }
}

function failure(target: Target, step: Step, exit: Exit, cause: string): OpsError {
  const what = `${target.id}: ${step.title}: ${cause}`;
  if (exit.kind === 'timeout')
    return new OpsError('step.timeout', `${what} (limit ${Math.round(step.timeoutMs / 1000)} s)`);
  if (exit.kind === 'lost') return new OpsError('step.lost', what);
  return new OpsError('step.failed', what);
}

function summary(findings: readonly Finding[]): string {
  return findings
    .filter((finding) => finding.level === 'fail')
    .map((finding) => `${finding.subject}: ${finding.message}`)
    .join('; ');
}

function nextOf(findings: readonly Finding[]): { next?: string } {
  const next = findings.find((finding) => finding.level === 'fail' && finding.next !== undefined)?.next;
  return next === undefined ? {} : { next };
}

function lastLine(text: string): string | undefined {
  return text
    .split('\n')
    .findLast((line) => line.trim() !== '')
    ?.slice(0, 300);
}

/** The line of an output that most likely names the cause: our own `error:`, else pip's or Python's, else the last. */
function causeOf(text: string): string | undefined {
  const lines = text.split('\n');
  const named =
    lines.find((line) => /^error: /.test(line)) ??
    lines.find((line) => /^(ERROR|\w+Error|fatal|bash|sh): /.test(line));
  return (named ?? lastLine(text))?.replace(/^error: /, '').slice(0, 300);
}
