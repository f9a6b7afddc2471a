import { OpsError } from '../core/errors.ts';
import { type Intention, intentionFor } from '../core/intention.ts';
import { nearest } from '../core/nearest.ts';
import type { Caller } from '../core/request.ts';
import { faultOf, filled, type Runbook, type RunbookStep } from '../core/runbook.ts';
import { DEPLOYMENTS } from '../core/target.ts';
import type { RunbookRun, RunbookStepState } from './run.ts';

/** What a run begins with. */
export interface RunbookWish {
  readonly id: string;
  readonly runbook: Runbook;
  readonly site: string;
  /** Values of parameters, as given. */
  readonly values: Readonly<Record<string, string>>;
  readonly caller: Caller;
  /** What should be up, as it is on record now. */
  readonly intentions: readonly Intention[];
  readonly reason?: string;
  readonly duringMaintenance?: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * A run before its first step: every step once per deployment it is done for, with those left alone and why. Pure.
 * @throws OpsError('usage.argument') for a site, a parameter or a value that the runbook does not know or lacks
 */
export function beginRunbook(wish: RunbookWish): RunbookRun {
  const { id, runbook, site, caller, now, reason, duringMaintenance } = wish;
  if (!runbook.sites.includes(site))
    throw new OpsError(
      'usage.argument',
      `runbook ${runbook.name} is not for ${site}, expected ${runbook.sites.join(' | ')}`,
    );
  const values = { ...valuesOf(runbook, wish.values), site, runbook: runbook.name };
  return {
    id,
    seq: 1,
    runbook: runbook.name,
    title: `${runbook.title}, at ${site}`,
    site,
    values,
    caller,
    actor: caller,
    ...(reason === undefined ? {} : { reason }),
    ...(duringMaintenance === undefined ? {} : { duringMaintenance }),
    status: 'running',
    startedAt: now,
    steps: runbook.steps.flatMap((step, index) => statesOf(step, index, wish, values)),
  };
}

function valuesOf(runbook: Runbook, given: Readonly<Record<string, string>>): Record<string, string> {
  const names = runbook.parameters.map(({ name }) => name);
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    const near = nearest(name, names);
    const known = names.length === 0 ? 'it has none' : `expected ${names.join(' | ')}`;
    throw new OpsError(
      'usage.argument',
      `runbook ${runbook.name}: "${name}" is no parameter, ${known}${near === undefined ? '' : `; did you mean ${near}?`}`,
    );
  }
  const asked = new Set(
    runbook.steps.flatMap((step) =>
      step.kind === 'question' ? step.choices.flatMap(({ set }) => Object.keys(set)) : [],
    ),
  );
  const values: Record<string, string> = {};
  for (const parameter of runbook.parameters) {
    const value = given[parameter.name] ?? (asked.has(parameter.name) ? undefined : parameter.default);
    if (value === undefined) {
      if (asked.has(parameter.name)) continue;
      throw new OpsError(
        'usage.argument',
        `runbook ${runbook.name}: ${parameter.name} is missing: ${parameter.about}`,
        { next: `Add ${parameter.name}=${parameter.choices?.join('|') ?? 'VALUE'} to the command.` },
      );
    }
    const fault = faultOf(parameter, value);
    if (fault !== undefined)
      throw new OpsError(
        'usage.argument',
        `runbook ${runbook.name}: ${parameter.name}: got "${value.slice(0, 80)}", expected ${fault}`,
      );
    values[parameter.name] = value;
  }
  return values;
}

function statesOf(
  step: RunbookStep,
  index: number,
  { intentions, site, values: given }: RunbookWish,
  values: Readonly<Record<string, string>>,
): readonly RunbookStepState[] {
  const title = filled(step.title, values) ?? step.title;
  const pending: RunbookStepState = { step, index, title, status: 'pending' };
  if (step.kind === 'question') {
    const sets = [...new Set(step.choices.flatMap(({ set }) => Object.keys(set)))];
    if (sets.length === 0 || sets.some((name) => given[name] === undefined)) return [pending];
    const detail = `given: ${sets.map((name) => `${name}=${given[name]}`).join(', ')}`;
    return [{ ...pending, status: 'skipped', detail }];
  }
  if (step.kind === 'link' || step.deployments === undefined) return [pending];
  if (step.deployments !== 'intended')
    return step.deployments.map((name) => {
      const deployment = filled(name, values) ?? name;
      return { ...pending, title: `${title}: ${deployment}`, deployment };
    });
  return DEPLOYMENTS.map((deployment) => {
    const state: RunbookStepState = { ...pending, title: `${title}: ${deployment}`, deployment };
    const why = leftAlone(intentionFor(intentions, { site, deployment }));
    return why === undefined ? state : { ...state, status: 'skipped', detail: `left alone: ${why}` };
  });
}

/** Why a deployment is not meant to be up; undefined when it is. */
function leftAlone(intention: Intention | undefined): string | undefined {
  if (intention?.wanted === 'up') return undefined;
  if (intention?.wanted === 'down') return `stopped on purpose by ${intention.by ?? 'somebody'}`;
  return 'nothing is on record that it should be up';
}
