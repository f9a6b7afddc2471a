import type { Config } from '../config/config.ts';
import type { MaintenanceSite } from './parts.ts';

/** The configured sites as their schedules see them. */
export function maintenanceSites(config: Config): readonly MaintenanceSite[] {
  return config.sites.map((name) => {
    const { timezone, channels, maintenance, drift } = config.site(name);
    const [deployment = 'prod'] = config.deployments;
    const { cleanup, access } = config.target(name, deployment);
    return {
      name,
      timezone,
      channel: channels.deploys,
      maintenance,
      drift,
      cleanup,
      transport: access.transport,
    };
  });
}
