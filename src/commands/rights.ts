import type { Right } from '../config/policy.ts';
import { OpsError } from '../core/errors.ts';
import type { Action, Caller } from '../core/request.ts';
import { targetId } from '../core/target.ts';
import type { Command, CommandContext, Directory } from './command.ts';

/** The right that an action takes: to replace what is deployed, or to operate it. */
export function rightFor(action: Action): Right {
  return action === 'deploy' || action === 'rollback' ? 'deploy' : 'operate';
}

/** Whether a command is worth offering: the caller has its right for at least one target. */
export function offered(command: Command, caller: Caller, directory: Directory): boolean {
  const { right } = command;
  return (
    right === undefined ||
    directory.sites.some((site) =>
      directory.deployments.some((deployment) => directory.may(caller, right, site, deployment)),
    )
  );
}

/** @throws OpsError('refused.permission') naming who, what and where */
export function requireRight(context: CommandContext, right: Right, site: string, deployment: string): void {
  if (context.directory.may(context.caller, right, site, deployment)) return;
  throw new OpsError(
    'refused.permission',
    `${context.caller.name} does not have the right "${right}" on ${targetId(site, deployment)}`,
  );
}

/** The same for a site as a whole: reading one deployment is enough to look, anything else takes the right on all. */
export function requireSite(context: CommandContext, right: Right, site: string): void {
  const { directory, caller } = context;
  const may = directory.deployments.map((deployment) => directory.may(caller, right, site, deployment));
  if (right === 'read' ? may.some(Boolean) : may.every(Boolean)) return;
  const which = right === 'read' ? 'any deployment' : 'every deployment';
  throw new OpsError(
    'refused.permission',
    `${caller.name} does not have the right "${right}" on ${which} of ${site}`,
  );
}
