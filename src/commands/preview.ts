import { OpsError, problemOf } from '../core/errors.ts';
import type { LookRequest, Report } from '../core/look.ts';
import { ACTIONS, type Action, type ActionRequest } from '../core/request.ts';
import { DEPLOYMENTS } from '../core/target.ts';
import type { Command, CommandContext } from './command.ts';
import { requireRight } from './rights.ts';
import { refusedByLock, refuseFrozen, refuseInMaintenance } from './submit.ts';

/** How long a site may take over a preview, in milliseconds: somebody sits before a form. */
const PREVIEW_TIMEOUT_MS = 60_000;

/** Commands whose plan a worker can show, and what a plan depends on beside its target. */
const PLANNED = ['deploy', 'start', 'stop', 'restart', 'rollback'] as const;
const WORDS = ['version', 'service', 'launchTool', 'installMethod'] as const;

/** Input of a command, checked by its schema. */
export type Input = Readonly<Record<string, unknown>>;

/** Whether what a command would do can be shown beforehand. */
export function hasPreview({ flags }: Pick<Command, 'flags'>): boolean {
  return flags.some(({ key }) => key === 'dryRun');
}

/** What a preview depends on: two inputs of one name have one preview. */
export function previewName(command: string, input: Input): string {
  const { reason: _reason, ...rest } = input;
  return JSON.stringify([command, ...Object.entries(rest).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}

/** The action that a command would ask for; undefined for one that asks for none, or not yet of which target. */
export function actionOf({ name }: Pick<Command, 'name'>, input: Input): ActionRequest | undefined {
  const { site, deployment } = input;
  const action = ACTIONS.find((each) => each === name);
  const known = DEPLOYMENTS.find((each) => each === deployment);
  return action === undefined || known === undefined || typeof site !== 'string'
    ? undefined
    : requestOf(action, site, known, input);
}

/**
 * What a command would do, found out without changing anything and without a turn in the target's queue: what speaks
 * against it, the plan and, for a deploy, what changes in the files. Never rejects: what cannot be had is told in its
 * place.
 */
export async function previewOf(
  command: Command,
  input: Input,
  context: CommandContext,
): Promise<readonly Report[]> {
  try {
    const action = PLANNED.find((name) => name === command.name);
    if (action === undefined) return await dryRunOf(command, input, context);
    const { site, deployment } = input;
    const known = DEPLOYMENTS.find((name) => name === deployment);
    if (typeof site !== 'string' || known === undefined)
      throw new OpsError('usage.argument', `${command.name}: site and deployment are needed`);
    requireRight(context, command.right ?? 'read', site, known);
    const look = (name: 'plan' | 'diff', words: LookRequest['words']) =>
      context.jobs.look({ kind: 'look', look: name, site, deployment: known, words }, PREVIEW_TIMEOUT_MS);
    const words = wordsOf(input);
    const { version } = words;
    const reports = await Promise.all([
      objections(context, requestOf(action, site, known, input)),
      look('plan', { action, ...words }).then((report) => [report]),
      action === 'deploy'
        ? look('diff', version === undefined ? {} : { version }).then((report) => [report])
        : [],
    ]);
    return reports.flat();
  } catch (error) {
    return [{ title: `There is no preview of ${command.name}`, problem: problemOf(error) }];
  }
}

function wordsOf(input: Input): Readonly<Record<string, string>> {
  return Object.fromEntries(
    WORDS.flatMap((key) => {
      const value = input[key];
      return typeof value === 'string' ? [[key, value]] : [];
    }),
  );
}

function requestOf(
  action: Action,
  site: string,
  deployment: ActionRequest['deployment'],
  { duringMaintenance, duringFreeze, dryRun }: Input,
): ActionRequest {
  return {
    kind: 'action',
    action,
    site,
    deployment,
    dryRun: dryRun === true,
    ...(typeof duringMaintenance === 'string' ? { duringMaintenance } : {}),
    ...(typeof duringFreeze === 'string' ? { duringFreeze } : {}),
  };
}

/** What would keep the request from being queued at all: a maintenance, or somebody's lock. */
async function objections(context: CommandContext, request: ActionRequest): Promise<readonly Report[]> {
  const title = `${request.action} of ${request.deployment} at ${request.site} would be refused now`;
  try {
    await refuseInMaintenance(context, request);
    refuseFrozen(context, request);
    const locked = await refusedByLock(context, request);
    return locked === undefined ? [] : [{ title, problem: locked.problem }];
  } catch (error) {
    return [{ title, problem: problemOf(error) }];
  }
}

async function dryRunOf(command: Command, input: Input, context: CommandContext): Promise<readonly Report[]> {
  const reply = await command.prepare({ ...input, dryRun: true }).run(context);
  if (reply.kind === 'report') return [reply.report];
  if (reply.kind === 'problem')
    return [{ title: `${command.name} would be refused`, problem: reply.problem }];
  return [];
}
