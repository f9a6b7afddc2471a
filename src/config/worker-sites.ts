import type { Problem } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { problem, throwAll } from './issues.ts';
import type { Settings } from './settings.ts';

/**
 * The sites that a worker serves: those of WORKER_SITES, else all.
 * @throws OpsError('config.environment') for a name that is not a site
 */
export function sitesToServe(settings: Settings, sites: readonly string[]): readonly string[] {
  const { workerSites = sites } = settings;
  throwAll(strangers('WORKER_SITES', workerSites, sites));
  return workerSites;
}

/**
 * The sites whose network a worker is in: those of WORKER_INSIDE, else none.
 * @throws OpsError('config.environment') for a name that is not a site
 */
export function sitesAround(settings: Settings, sites: readonly string[]): readonly string[] {
  const { workerInside = [] } = settings;
  throwAll(strangers('WORKER_INSIDE', workerInside, sites));
  return workerInside;
}

/** Names in a variable that are no sites. */
function strangers(variable: string, names: readonly string[], sites: readonly string[]): readonly Problem[] {
  return names
    .filter((name) => !sites.includes(name))
    .map((name) => {
      const guess = nearest(name, sites);
      const hint = guess === undefined ? '' : ` (did you mean ${guess}?)`;
      return problem(
        'config.environment',
        `${variable}: got "${name}", expected ${sites.join(' | ')}${hint}`,
      );
    });
}
