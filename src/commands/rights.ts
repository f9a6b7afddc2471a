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
  const where = targetId(site, deployment);
  throw refusal(context, right, { sites: [site], deployments: [deployment], where });
}

/** The same for a site as a whole: reading one deployment is enough to look, anything else takes the right on all. */
export function requireSite(context: CommandContext, right: Right, site: string): void {
  const { directory, caller } = context;
  const may = directory.deployments.map((deployment) => directory.may(caller, right, site, deployment));
  if (right === 'read' ? may.some(Boolean) : may.every(Boolean)) return;
  const which = right === 'read' ? 'any deployment' : 'every deployment';
  throw refusal(context, right, {
    sites: [site],
    deployments: directory.deployments,
    where: `${which} of ${site}`,
  });
}

/**
 * That somebody may not do something; or that nobody can say so, because Slack does not tell who is in a group that has
 * the right. An outage is not a verdict: who is refused for it would go and have the policy changed.
 * @param about the targets it is about, and how they are called together
 */
export function refusal(
  { directory, caller }: Pick<CommandContext, 'directory' | 'caller'>,
  right: Right,
  about: {
    readonly sites: readonly string[];
    readonly deployments: readonly string[];
    readonly where: string;
  },
): OpsError {
  const { sites, deployments, where } = about;
  const unsure = sites.some((site) =>
    deployments.some((deployment) => directory.unsure(caller, right, site, deployment)),
  );
  if (!unsure)
    return new OpsError(
      'refused.permission',
      `${caller.name} does not have the right "${right}" on ${where}`,
    );
  return new OpsError(
    'slack.unreachable',
    `whether ${caller.name} has the right "${right}" on ${where} could not be checked: Slack does not say who is in the groups of config/policy.yaml`,
    { next: 'Try again in a minute. Who is listed there as a user is not affected.' },
  );
}
