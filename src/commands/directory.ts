import type { Config } from '../config/config.ts';
import { permits } from '../config/policy.ts';
import type { Directory } from './command.ts';

/** The configured sites and the policy as the commands see them. */
export function directoryOf(config: Config): Directory {
  return {
    sites: config.sites,
    deployments: config.deployments,
    channel: (site) => config.site(site).channel,
    may: (caller, right, site, deployment) => permits(config.policy, caller, right, site, deployment),
  };
}
