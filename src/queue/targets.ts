import type { Config } from '../config/config.ts';
import type { TargetName } from './names.ts';

/** Every target of a configuration by its names. */
export function targetsOf(config: Config): readonly TargetName[] {
  return config.sites.flatMap((site) => config.deployments.map((deployment) => ({ site, deployment })));
}
