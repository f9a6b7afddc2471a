import { isFinal, type RunState } from './run.ts';
import type { TargetStatus } from './service.ts';
import { targetId } from './target.ts';

/** What should be at one target, as the last actions that succeeded left it; and that a failed one left it down. */
export interface Intention {
  readonly site: string;
  readonly deployment: string;
  /** Absent as long as no action has succeeded. */
  readonly wanted?: 'up' | 'down';
  /** Version that should be live. */
  readonly version?: string;
  /** Services that were stopped one by one and are meant to be down while the rest is up. */
  readonly except: readonly string[];
  /** Who decided it, when (milliseconds since the epoch) and by which job. */
  readonly by?: string;
  readonly at?: number;
  readonly jobId?: string;
  /** The run that failed after it had begun to change the target, and how its services were then. */
  readonly left?: { readonly jobId: string; readonly at: number; readonly what: string };
}

/**
 * What is intended after a run: pure. A run that succeeded decides, one that failed after services were stopped leaves
 * a target down that nobody wanted down, and any other changes nothing.
 */
export function intendedAfter(before: Intention | undefined, state: RunState): Intention | undefined {
  const { request, finishedAt, jobId } = state;
  if (!isFinal(state) || request.dryRun || finishedAt === undefined) return before;
  const { site, deployment, action, service } = request;
  const base: Intention = before ?? { site, deployment, except: [] };
  if (state.status !== 'succeeded') return leftDown(base, state) ?? before;
  const { left: _left, ...kept } = base;
  const decided = { ...kept, by: state.caller.name, at: finishedAt, jobId };
  const version = state.version === undefined ? {} : { version: state.version };
  switch (action) {
    case 'deploy':
    case 'rollback':
      return { ...decided, ...version, wanted: 'up', except: [] };
    case 'start':
    case 'restart':
      return service === undefined
        ? { ...decided, wanted: 'up', except: [] }
        : { ...base, except: base.except.filter((name) => name !== service) };
    case 'stop':
      return service === undefined
        ? { ...decided, wanted: 'down', except: [] }
        : { ...base, except: [...new Set([...base.except, service])] };
    default:
      return before;
  }
}

/** Services are down at the end of a run that began to stop or start them. */
function leftDown(base: Intention, state: RunState): Intention | undefined {
  const touched = state.steps.some(
    ({ id, startedAt }) => (id === 'stop' || id === 'start') && startedAt !== undefined,
  );
  if (!touched || state.request.action === 'stop' || state.observed?.condition === 'running')
    return undefined;
  const { jobId, finishedAt = state.queuedAt } = state;
  return {
    ...base,
    left: { jobId, at: finishedAt, what: `${state.request.action} ${state.status}` },
  };
}

/** How a target differs from what is intended, in a few words; undefined when it does not. */
export function differenceOf(intention: Intention | undefined, status: TargetStatus): string | undefined {
  if (intention?.wanted === undefined) return undefined;
  if (status.condition === 'unreachable' || status.condition === 'unknown') return undefined;
  const who = intention.by === undefined ? '' : ` (${intention.by})`;
  if (intention.wanted === 'down') {
    return status.services.some(({ condition }) => condition === 'running')
      ? `should be stopped${who}`
      : undefined;
  }
  const version = intention.version === undefined ? '' : ` ${intention.version}`;
  const down = status.services.filter(
    ({ service, condition }) => condition !== 'running' && !intention.except.includes(service),
  );
  if (status.services.length === 0 || down.length > 0) return `should be running${version}${who}`;
  const other =
    intention.version !== undefined && status.version !== undefined && status.version !== intention.version;
  return other ? `should be version${version}${who}` : undefined;
}

/** The intention for a target among many. */
export function intentionFor(
  intentions: readonly Intention[],
  target: { readonly site: string; readonly deployment: string },
): Intention | undefined {
  const id = targetId(target.site, target.deployment);
  return intentions.find(({ site, deployment }) => targetId(site, deployment) === id);
}

/** The targets that should be up and of which something that should run does not, with how they are. */
export function downAgainst(
  intentions: readonly Intention[],
  statuses: readonly TargetStatus[],
): readonly TargetStatus[] {
  return statuses.filter((status) => {
    const intention = intentionFor(intentions, status);
    if (intention?.wanted !== 'up') return false;
    const { version: _version, ...anyVersion } = intention;
    return differenceOf(anyVersion, status) !== undefined;
  });
}
