import type { Config } from './config.ts';

/** The configuration as a worker inside the network of some sites uses it: to those it goes without a jump. */
export function fromInside(config: Config, sites: readonly string[]): Config {
  if (sites.length === 0) return config;
  return {
    ...config,
    target(site, deployment) {
      const target = config.target(site, deployment);
      return sites.includes(site) ? { ...target, access: { ...target.access, jumps: [] } } : target;
    },
  };
}
