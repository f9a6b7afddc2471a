import { ERRORS } from '../core/errors.ts';
import type { Finding } from '../core/finding.ts';
import type { ActionRequest } from '../core/request.ts';
import type { Target } from '../core/target.ts';
import { activeAt, isRefusedInMaintenance, maintenanceLine, type Window } from '../core/window.ts';

/**
 * Judges whether the site's maintenance forbids an action. A dry run only notes it, as does one that says why it goes
 * on all the same.
 * @param now milliseconds since the epoch
 */
export function judgeMaintenance(
  request: ActionRequest,
  target: Pick<Target, 'site' | 'timezone'>,
  windows: readonly Window[],
  now: number,
): readonly Finding[] {
  const active = activeAt(windows, target.site, now);
  if (active === undefined || !isRefusedInMaintenance(request.action)) return [];
  const line = maintenanceLine(target.site, active, target.timezone);
  const why = request.duringMaintenance;
  if (why !== undefined || request.dryRun) {
    const note = why === undefined ? '' : `; done all the same: ${why}`;
    return [{ level: 'warn', subject: 'maintenance', message: `${line}${note}` }];
  }
  return [
    {
      level: 'fail',
      subject: 'maintenance',
      message: line,
      next: ERRORS['refused.maintenance'].remedy,
    },
  ];
}
