import { ERRORS } from '../core/errors.ts';
import { type Action, isSiteWide } from '../core/request.ts';
import { isFinal, type RunState, type RunStatus, type StepState, type StepStatus } from '../core/run.ts';
import { SERVICE_WORDS, type ServiceStatus, TARGET_WORDS, type TargetStatus } from '../core/service.ts';

/** The words for each action: as a noun, while it goes on, when it is done, and its preposition. */
const ACTIONS: Readonly<Record<Action, { noun: string; going: string; done: string }>> = {
  deploy: { noun: 'Deploy', going: 'Deploying', done: 'Deployed' },
  start: { noun: 'Start', going: 'Starting', done: 'Started' },
  stop: { noun: 'Stop', going: 'Stopping', done: 'Stopped' },
  restart: { noun: 'Restart', going: 'Restarting', done: 'Restarted' },
  cleanup: { noun: 'Cleanup', going: 'Cleaning up', done: 'Cleaned up' },
  'install-cron': { noun: 'Installation', going: 'Installing', done: 'Installed' },
  'start-runner': { noun: 'Start', going: 'Starting', done: 'Started' },
  command: { noun: 'Run', going: 'Running', done: 'Ran' },
  rollback: { noun: 'Rollback', going: 'Rolling back', done: 'Rolled back' },
};

/** What an action is about when it is not the services. */
const OBJECTS: Readonly<Partial<Record<Action, string>>> = {
  cleanup: 'old data',
  'install-cron': 'the cleanup lines in the crontab',
  'start-runner': 'the GitLab runner',
  command: 'a command of a runbook',
};

export const STEP_WORDS: Readonly<Record<StepStatus, string>> = {
  pending: 'waiting',
  running: 'running',
  ok: 'done',
  warned: 'done with a warning',
  failed: 'failed',
  skipped: 'not run',
};

/** Marks of a terminal. */
export const STEP_MARKS: Readonly<Record<StepStatus, string>> = {
  pending: '·',
  running: '▸',
  ok: '✓',
  warned: '!',
  failed: '✗',
  skipped: '–',
};

export const RUN_WORDS: Readonly<Record<RunStatus, string>> = {
  queued: 'waiting',
  running: 'running',
  awaiting: 'waiting for approval',
  succeeded: 'succeeded',
  failed: 'failed',
  refused: 'refused',
  cancelled: 'cancelled',
};

/** One line: what, where, which version, how it stands and how long it took. Plain text. */
export function headline(state: RunState): string {
  const { request } = state;
  const words = ACTIONS[request.action];
  const version = state.version ?? request.version;
  const what =
    OBJECTS[request.action] ??
    request.service ??
    (version === undefined || version === '' ? 'JAWS Site' : `JAWS Site ${version}`);
  const where = isSiteWide(request.action) ? request.site : `${request.deployment} at ${request.site}`;
  const took = state.finishedAt === undefined ? '' : ` after ${elapsed(state)}`;
  const prefix = request.dryRun ? 'Dry run: ' : '';
  switch (state.status) {
    case 'queued':
      return `${prefix}${words.noun} of ${what} on ${where} waits for a worker`;
    case 'awaiting':
      return `${words.noun} of ${what} on ${where} waits for approval`;
    case 'running':
      return `${prefix}${words.going} ${what} on ${where}`;
    case 'succeeded':
      return request.dryRun
        ? `${prefix}${words.noun} of ${what} on ${where} would go ahead`
        : `${words.done} ${what} on ${where} in ${elapsed(state)}`;
    case 'failed':
    case 'cancelled':
      return `${prefix}${words.noun} of ${what} on ${where} ${state.status}${took}`;
    case 'refused':
      return `${prefix}${words.noun} of ${what} on ${where} was refused`;
  }
}

function elapsed(state: RunState): string {
  return duration((state.finishedAt ?? state.queuedAt) - (state.startedAt ?? state.queuedAt));
}

/** e.g. `0.4 s`, `42 s`, `3 min 05 s`, `2 h 07 min`, `4 d 03 h`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${pad(Math.floor(whole / 60) % 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${pad(Math.floor(whole / 3600) % 24)} h`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

/** How long a step took, or undefined when it has not ended. */
export function stepTook(step: Pick<StepState, 'startedAt' | 'finishedAt'>): string | undefined {
  if (step.startedAt === undefined || step.finishedAt === undefined) return undefined;
  return duration(step.finishedAt - step.startedAt);
}

/** The step a run failed in. */
export function failedStep(state: RunState): StepState | undefined {
  return state.steps.find((step) => step.status === 'failed');
}

/** The cause of a run that did not succeed, in one line, and what to do next. */
export function cause(
  state: RunState,
): { where?: string; heading: string; message: string; next?: string } | undefined {
  if (state.status !== 'failed' && state.status !== 'refused' && state.status !== 'cancelled')
    return undefined;
  const step = failedStep(state);
  const message =
    state.problem?.message ??
    step?.detail ??
    (state.status === 'cancelled' ? ERRORS['job.cancelled'].title : 'no cause was recorded');
  return {
    ...(step === undefined ? {} : { where: step.title }),
    heading: headingOf(state.status, step?.title),
    message: firstLine(message),
    ...(state.problem === undefined ? {} : { next: state.problem.next }),
  };
}

/** What stands before the cause. A run that was cancelled or refused has not failed. */
function headingOf(status: RunStatus, step: string | undefined): string {
  if (status === 'refused') return 'Refused';
  if (status === 'cancelled') return step === undefined ? 'Cancelled' : `Cancelled during ${step}`;
  return step === undefined ? 'Cause' : `${step} failed`;
}

export function firstLine(text: string): string {
  return (
    text
      .split('\n')
      .map((line) => line.trim())
      .find((line) => line !== '') ?? ''
  );
}

/** What stands under the headline, e.g. `planned 2.5.4: stop, then start`. Plain lines. */
export function closingLines(state: RunState): readonly string[] {
  // What was planned is no news any more once it is done or not done.
  const planned = isFinal(state) && !state.request.dryRun ? 'Planned: ' : '';
  return [
    ...state.notes.map((note) => `${planned}${note}`),
    ...(state.downtimeMs === undefined ? [] : [`Services were down for ${duration(state.downtimeMs)}.`]),
    ...(state.undoneBy === undefined ? [] : [`It is rolled back automatically, by job ${state.undoneBy}.`]),
    ...(state.attempt > 1 ? [`Taken up again by another worker (attempt ${state.attempt}).`] : []),
  ];
}

/** Header and rows of the services of one target. */
export function serviceRows(status: TargetStatus): { head: readonly string[]; rows: readonly string[][] } {
  return {
    head: ['Service', 'State', 'PID', 'Up for', 'Detail'],
    rows: status.services.map((service) => [
      service.service,
      SERVICE_WORDS[service.condition],
      service.pid === undefined ? '–' : String(service.pid),
      service.uptimeSec === undefined ? '–' : duration(service.uptimeSec * 1000),
      service.detail === undefined ? '–' : firstLine(service.detail),
    ]),
  };
}

/** Header and rows of a status over targets: one row each. */
export function targetRows(targets: readonly TargetStatus[]): {
  head: readonly string[];
  rows: readonly string[][];
} {
  return {
    head: ['Site', 'Deployment', 'State', 'Services', 'Version', 'Detail'],
    rows: targets.map((target) => [
      target.site,
      target.deployment,
      TARGET_WORDS[target.condition],
      runningCount(target.services),
      target.version ?? '–',
      detailOf(target),
    ]),
  };
}

function runningCount(services: readonly ServiceStatus[]): string {
  if (services.length === 0) return '–';
  return `${services.filter((service) => service.condition === 'running').length}/${services.length} running`;
}

/** What is not running, grouped by condition: `fatal: rpc-server, run-daemon`. */
function detailOf(target: TargetStatus): string {
  const down = new Map<string, string[]>();
  for (const { condition, service } of target.services) {
    if (condition === 'running') continue;
    const words = SERVICE_WORDS[condition];
    down.set(words, [...(down.get(words) ?? []), service]);
  }
  const lines = [
    ...(target.detail === undefined ? [] : [firstLine(target.detail)]),
    ...[...down].map(([words, services]) => `${words}: ${services.join(', ')}`),
  ];
  return lines.length === 0 ? '–' : lines.join('; ');
}
