import type { Step, StepId } from '../core/plan.ts';
import type { Action, ActionRequest } from '../core/request.ts';
import type { Target } from '../core/target.ts';
import { operationOf } from './operations/index.ts';
import { verification } from './verify.ts';

/** Time limits of the steps, in milliseconds. A build may download; a stop may wait for every program's stopwaitsecs. */
export const LIMIT = {
  check: 60_000,
  stage: 30 * 60_000,
  stop: 5 * 60_000,
  environment: 2 * 60_000,
  write: 2 * 60_000,
  start: 3 * 60_000,
  act: 10 * 60_000,
  verify: 60_000,
} as const satisfies Record<StepId, number>;

export const STEPS: Readonly<Record<Action, readonly StepId[]>> = {
  deploy: ['check', 'stage', 'stop', 'environment', 'write', 'start', 'verify'],
  restart: ['check', 'stop', 'start', 'verify'],
  start: ['check', 'start', 'verify'],
  stop: ['check', 'stop', 'verify'],
  rollback: ['check', 'stage', 'stop', 'write', 'start', 'verify'],
  cleanup: ['check', 'act', 'verify'],
  'install-cron': ['check', 'act', 'verify'],
  'start-runner': ['check', 'act', 'verify'],
  command: ['check', 'act', 'verify'],
};

export const TITLE: Readonly<Record<StepId, string>> = {
  check: 'Check the site',
  stage: 'Stage the new version beside the live one',
  stop: 'Stop services',
  environment: 'Set up environment',
  write: 'Write configuration and shims',
  start: 'Start services',
  act: 'Act',
  verify: 'Verify',
};

const ROLLBACK_TITLE: Readonly<Partial<Record<StepId, string>>> = {
  stage: 'Prove that the earlier version is there',
  write: 'Bring back configuration and version',
};

/** The longest an action may take from now on, in milliseconds: the time limits of its steps together. */
export function limitOf(request: ActionRequest, target: Target): number {
  return STEPS[request.action].reduce((sum, id) => sum + limitOfStep(id, request, target), 0);
}

function limitOfStep(id: StepId, request: ActionRequest, target: Target): number {
  const operation = operationOf(request.action);
  if (id === 'stage' && request.action === 'rollback') return LIMIT.write;
  if (id === 'verify') return operation?.verifyMs ?? verification(request, target).timeoutMs;
  return id === 'act'
    ? (operation?.own?.(target) ?? operation ?? { timeoutMs: LIMIT.act }).timeoutMs
    : LIMIT[id];
}

/** Ids and titles of an action's steps, known before anything was observed. */
export function outline(request: ActionRequest): readonly Pick<Step, 'id' | 'title'>[] {
  return STEPS[request.action].map((id) => ({ id, title: titleOf(id, request) }));
}

/** Title of a step as a channel sees it. */
export function titleOf(id: StepId, request: ActionRequest): string {
  if (request.action === 'rollback') return ROLLBACK_TITLE[id] ?? TITLE[id];
  return id === 'act' ? (operationOf(request.action)?.title ?? TITLE.act) : TITLE[id];
}
