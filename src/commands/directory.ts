import { isSamePerson } from '../config/approvals.ts';
import type { Config } from '../config/config.ts';
import { permits } from '../config/policy.ts';
import { freezeAgainst } from '../core/freeze.ts';
import type { Caller } from '../core/request.ts';
import type { Directory } from './command.ts';

/**
 * The configured sites and the policy as the commands see them.
 * @param groupsOf ids of the Slack user groups a caller is known to be in; nobody is in one when absent
 */
export function directoryOf(
  config: Config,
  groupsOf: (caller: Caller) => readonly string[] = () => [],
): Directory {
  return {
    sites: config.sites,
    deployments: config.deployments,
    runbooks: config.runbooks,
    channel: (site, topic = 'deploys') => config.site(site).channels[topic],
    timezone: (site) => config.site(site).timezone,
    may: (caller, right, site, deployment) =>
      permits(config.policy, { ...caller, groups: groupsOf(caller) }, right, site, deployment),
    frozen: (request, now) => freezeAgainst(config.policy.freezes, request, now),
    isSamePerson: (a, b) => isSamePerson(config.policy.people, a, b),
  };
}
