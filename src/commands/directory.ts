import { approvalFor, isSamePerson } from '../config/approvals.ts';
import type { Config } from '../config/config.ts';
import { holdersOf, permits, type Right } from '../config/policy.ts';
import { freezeAgainst } from '../core/freeze.ts';
import type { Caller } from '../core/request.ts';
import type { Directory } from './command.ts';

type Asked = [caller: Caller, right: Right, site: string, deployment: string];

/** Who is in which Slack user group, as far as Slack has said it. */
export interface Memberships {
  /** Ids of the groups that a user is known to be in. */
  of(userId: string): readonly string[];
  /** Ids of the groups of which nobody could be asked who is in them. */
  unknown(): readonly string[];
}

const NOBODY: Memberships = { of: () => [], unknown: () => [] };

/** The configured sites and the policy as the commands see them. Nobody is in a group when `groups` is absent. */
export function directoryOf(config: Config, groups: Memberships = NOBODY): Directory {
  const permitted = (more: readonly string[], ...[caller, right, site, deployment]: Asked) =>
    permits(
      config.policy,
      { ...caller, groups: [...groups.of(caller.id), ...more] },
      right,
      site,
      deployment,
    );
  return {
    sites: config.sites,
    deployments: config.deployments,
    runbooks: config.runbooks,
    channel: (site, topic = 'deploys') => config.site(site).channels[topic],
    timezone: (site) => config.site(site).timezone,
    may: (...asked) => permitted([], ...asked),
    unsure: (...asked) => !permitted([], ...asked) && permitted(groups.unknown(), ...asked),
    approvers: (site, deployment) => holdersOf(config.policy, 'approve', site, deployment),
    frozen: (request, now) => freezeAgainst(config.policy.freezes, request, now),
    approvalWithin: (request) => approvalFor(config.policy.approvals, request)?.withinMs,
    isSamePerson: (a, b) => isSamePerson(config.policy.people, a, b),
  };
}
