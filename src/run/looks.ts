import type { OpsError } from '../core/errors.ts';
import { describeExit } from '../core/exit.ts';
import type { Fact } from '../core/fact.ts';
import type { Finding } from '../core/finding.ts';
import type { Step } from '../core/plan.ts';
import type { TargetStatus } from '../core/service.ts';
import type { Release } from '../installers/installer.ts';
import type { Launched } from '../launchers/launcher.ts';
import { certificateFindings } from '../plan/certificate.ts';
import { judgeCheck, judgeIdentity, judgeStart, type Observation, observationFor } from '../plan/check.ts';
import { judgeFreeze } from '../plan/freeze.ts';
import { isStale, lockJob } from '../plan/lock.ts';
import { judgeMaintenance } from '../plan/maintenance.ts';
import { operationOf } from '../plan/operations/index.ts';
import { checkStep } from '../plan/plan.ts';
import { limitOf } from '../plan/steps.ts';
import { judgeLocks } from '../plan/target-lock.ts';
import { type Outcome, verification } from '../plan/verify.ts';
import type { EarlierRun } from '../queue/api.ts';
import { readCertificate } from '../remote/certificate.ts';
import { askAgain } from './ask-again.ts';
import { isTried } from './end.ts';
import { causeOfTimeout, Ending, findingsError, lastLine, stepFailure } from './failure.ts';
import { type Running, type Settled, stepState } from './running.ts';
import { settle } from './settle.ts';

/** How long a look that lost its connection waits for the site to be back, in milliseconds. */
const RECONNECT_MS = 2 * 60_000;

/** Looks at the site and judges; what was seen is remembered so that a resumed run makes the same plan. */
export async function runCheck(
  running: Running,
  release: Release,
  earlier?: EarlierRun,
): Promise<Observation> {
  const { context, parts, recorder } = running;
  const { request, jobId, memory } = context;
  const status = stepState(running, 'check')?.status;
  const remembered = memory['observation'] as Observation | undefined;
  if (remembered !== undefined && (status === 'ok' || status === 'warned')) {
    const displaces = memory['displaces'];
    if (typeof displaces === 'string') running.displaces = displaces;
    const settled = memory['settled'] as Settled | undefined;
    if (settled !== undefined) running.settled = settled;
    return remembered;
  }
  await recorder.emit({ type: 'step-started', step: 'check' });
  const closed = judgeMaintenance(request, parts.target, await context.windows(), parts.now());
  const frozen = parts.freeze === undefined ? [] : judgeFreeze(request, parts.freeze);
  if (frozen.some(({ level }) => level === 'fail'))
    await conclude(running, 'check', frozen, findingsError('refused.freeze', frozen), 'refused');
  const locks = await context.locks();
  const taken = judgeLocks(request, context.caller, parts.target, locks, parts.now(), parts.isSamePerson);
  if (taken.length > 0)
    await conclude(running, 'check', taken, findingsError('refused.lock', taken), 'refused');
  // A site in maintenance may not answer at all: nobody needs to wait for that.
  if (closed.some(({ level }) => level === 'fail'))
    await conclude(running, 'check', closed, findingsError('refused.maintenance', closed), 'refused');
  const senseless = operationOf(request.action)?.findings(parts.target) ?? [];
  if (senseless.some(({ level }) => level === 'fail'))
    await conclude(running, 'check', senseless, findingsError('refused.check', senseless), 'refused');
  const { access } = parts.target;
  const needed = limitOf(request, parts.target);
  const login = certificateFindings(access, await readCertificate(access), parts.now(), needed);
  // A login that cannot work is told as what it is, not as what the site says of it.
  if (login.some(({ level }) => level === 'fail'))
    await conclude(running, 'check', login, findingsError('refused.check', login), 'refused');
  const step = checkStep(request, parts.target, release);
  const seen = await look(running, step, observationFor(request, parts.target, release));
  const owner = lockJob(seen.site);
  const fate = owner === undefined ? 'unknown' : await context.fate(owner);
  const site =
    request.action === 'deploy'
      ? judgeCheck(parts.target, release, seen, jobId, fate)
      : [...judgeIdentity(parts.target, seen, jobId, fate), ...judgeStart(request, parts.target, seen)];
  const judge = [...closed, ...frozen, ...login, ...site];
  // Only at the right site, which is known now, is there anything to be learnt of an earlier run.
  if (earlier !== undefined && site.every(({ level }) => level !== 'fail'))
    await settleEarlier(running, earlier);
  if (isStale(seen.site, fate)) running.displaces = seen.site.lock;
  const { displaces, settled } = running;
  await context.remember({ ...memory, observation: parts.redactor.deep(seen), displaces, settled });
  await conclude(running, 'check', judge, findingsError('refused.check', judge), 'refused');
  return seen;
}

/** @throws Ending `refused` when the step of the earlier run still runs, or when nobody knows how it ended */
async function settleEarlier(running: Running, earlier: EarlierRun): Promise<void> {
  const judged = await settle(running, earlier);
  if (judged === undefined) return;
  if ('settled' in judged) {
    running.settled = judged.settled;
    return;
  }
  const findings = [judged.finding];
  await conclude(running, 'check', findings, findingsError(judged.code, findings), 'refused');
}

/** Looks once more after the last change: the run has succeeded when the services say so. */
export async function runVerify(running: Running, step: Step): Promise<void> {
  const { context, parts, recorder } = running;
  await recorder.emit({ type: 'step-started', step: 'verify' });
  const operation = operationOf(context.request.action);
  if (operation !== undefined) {
    const found = await look(running, step, operation.verify(parts.target));
    return conclude(running, 'verify', found, findingsError('step.failed', found), 'failed');
  }
  const { fact, judge } = verification(context.request, running.target);
  const seen = await look(running, step, fact);
  const { launched } = seen;
  await recorder.emit({ type: 'observed', status: statusOf(running, seen) });
  const findings = judge(seen, recorder.state.version ?? '');
  if (findings.some((finding) => finding.level === 'fail'))
    await context.saveOutput('verify', parts.redactor.text(logsText(launched, findings)));
  await conclude(running, 'verify', findings, findingsError('verify.failed', findings), 'failed');
}

async function look<T>(running: Running, step: Step, fact: Pick<Fact<T>, 'parse'>): Promise<T> {
  const { target, connector } = running.parts;
  const { signal } = running.context;
  const { shell, timeoutMs } = step;
  const { exit, stdout, stderr } = await askAgain(
    async () => {
      const transport = await connector.connect(target.access, signal);
      return transport.run(step.script, { shell, timeoutMs, signal });
    },
    { answered: isTried(running.recorder.state), limitMs: RECONNECT_MS, signal },
  );
  if (exit.kind === 'timeout') throw stepFailure(target, step, exit, causeOfTimeout(stderr, timeoutMs));
  if (exit.kind !== 'exit') throw stepFailure(target, step, exit, lastLine(stderr) ?? describeExit(exit));
  return fact.parse(stdout, exit.code);
}

/** Records what was found; a failed finding ends the run. */
async function conclude(
  running: Running,
  step: 'check' | 'verify',
  findings: readonly Finding[],
  error: OpsError,
  status: 'failed' | 'refused',
): Promise<void> {
  const { parts, recorder } = running;
  const remarks = findings.filter((finding) => finding.level !== 'ok');
  const failed = remarks.some((finding) => finding.level === 'fail');
  const text = remarks.map((finding) => `${finding.subject}: ${finding.message}`).join('\n');
  if (text !== '') await recorder.emit({ type: 'step-output', step, text: parts.redactor.text(text) });
  const [first, ...more] = remarks;
  const noted =
    first === undefined
      ? ''
      : `; to note: ${first.subject}: ${first.message}${more.length > 0 ? ` (and ${more.length} more)` : ''}`;
  const passed = `${findings.length - remarks.length} checks passed${noted}`;
  await recorder.emit({
    type: 'step-finished',
    step,
    status: failed ? 'failed' : remarks.length > 0 ? 'warned' : 'ok',
    detail: parts.redactor.text(failed ? error.message : passed),
  });
  if (failed) throw new Ending(status, error);
}

/** What the thread gets of a failed verification: every failure, then the last lines of the services' logs. */
function logsText(launched: Launched, findings: readonly Finding[]): string {
  const failures = findings
    .filter(({ level }) => level === 'fail')
    .map(({ subject, message }) => `${subject}: ${message}`);
  const logs = (launched.logs ?? []).map(({ service, source, lines }) =>
    [`== ${service}, ${source}`, ...lines].join('\n'),
  );
  return [failures.join('\n'), ...logs].join('\n\n');
}

function statusOf(running: Running, { launched, installed }: Outcome): TargetStatus {
  const { target, now, redactor } = running.parts;
  const { condition, services, detail } = launched;
  const { version } = installed;
  return redactor.deep({
    site: target.site,
    deployment: target.deployment,
    condition,
    services,
    ...(detail === undefined ? {} : { detail }),
    ...(version === undefined ? {} : { version }),
    observedAt: now(),
  });
}
