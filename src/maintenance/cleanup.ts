import { OpsError } from '../core/errors.ts';
import { intentionFor } from '../core/intention.ts';
import type { Caller } from '../core/request.ts';
import type { Deployment } from '../core/target.ts';
import { activeAt } from '../core/window.ts';
import type { MaintenanceParts, MaintenanceSite } from './parts.ts';

const ITSELF: Caller = { id: 'jaws-ops', name: 'jaws-ops, as every week', via: 'cli' };

/** The deployments of a site whose old data no cron removes, with the cron pattern at which it is done for them. */
export function cleanups(
  site: MaintenanceSite,
): readonly { readonly deployment: Deployment; readonly pattern: string }[] {
  const { by, places, inputsHour, weekdays } = site.cleanup;
  if (by !== 'bot') return [];
  return places.map(({ deployment }) => ({
    deployment,
    pattern: `0 ${inputsHour} * * ${weekdays[deployment]}`,
  }));
}

/**
 * Has the old data of a deployment removed, where it was ever deployed and its site is not in maintenance.
 * @throws OpsError('refused.busy') while something else is done to the target: it is to be tried again
 */
export async function cleanUp(
  { jobs, now }: MaintenanceParts,
  site: MaintenanceSite,
  deployment: Deployment,
): Promise<void> {
  const target = { site: site.name, deployment };
  if (intentionFor(await jobs.intended(), target) === undefined) return;
  if (activeAt(await jobs.windows.list(), site.name, now()) !== undefined) return;
  const submitted = await jobs.submit(
    { kind: 'action', action: 'cleanup', ...target, dryRun: false },
    ITSELF,
  );
  if (submitted.kind === 'queued' || submitted.job.state.request.action === 'cleanup') return;
  throw new OpsError(
    'refused.busy',
    `cleanup of ${deployment} at ${site.name}: job ${submitted.job.state.jobId} is at it`,
  );
}
