import { OpsError, type Problem } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import type { Runbook } from '../core/runbook.ts';
import {
  DEPLOYMENTS,
  type Deployment,
  type InstallMethod,
  type LaunchTool,
  type Target,
} from '../core/target.ts';
import { type Channels, channelsOf } from './channels.ts';
import type { DriftPolicy } from './drift.ts';
import { type Files, readFiles, type SiteLayer } from './files.ts';
import { keyMessage, problem, throwAll } from './issues.ts';
import type { MaintenancePolicy } from './maintenance.ts';
import type { Policy } from './policy.ts';
import { portClashes } from './ports.ts';
import { type LayeredValue, layerValues, missingVariables, resolveTarget } from './resolve.ts';
import { readRunbooks } from './runbooks.ts';

/** What is known of a site as a whole. */
export interface SiteInfo {
  readonly name: string;
  readonly title: string;
  readonly channels: Channels;
  readonly timezone: string;
  readonly maintenance: MaintenancePolicy;
  readonly drift: DriftPolicy;
  readonly host: string;
  readonly launchTool: LaunchTool;
  readonly installMethod: InstallMethod;
}

/** A configuration folder without any problem. */
export interface Config {
  readonly dir: string;
  readonly sites: readonly string[];
  readonly deployments: readonly Deployment[];
  readonly policy: Policy;
  /** The target without its secrets. Throws OpsError('usage.argument') for a name that is not there. */
  target(site: string, deployment: string): Target;
  /** Every variable of a target, sorted by name, with the layer it comes from. */
  layersOf(site: string, deployment: string): readonly LayeredValue[];
  site(name: string): SiteInfo;
  /** The runbooks beside the folder, sorted by name. */
  readonly runbooks: readonly Runbook[];
}

/**
 * Reads and checks a configuration folder; changes nothing.
 * @throws OpsError with the code of the first problem (`config.*`); of several, every one is in `others`.
 */
export function loadConfig(dir: string): Config {
  const { files, runbooks, problems } = inspect(dir);
  throwAll(problems);
  if (!files.policy) throw new Error(`${dir}: no problem was reported, but there is no policy`);
  const siteOf = (name: string) => files.sites.get(name) ?? unknown('site', name, [...files.sites.keys()]);
  const deploymentOf = (name: string) =>
    DEPLOYMENTS.find((known) => known === name) ?? unknown('deployment', name, DEPLOYMENTS);
  return {
    dir,
    sites: [...files.sites.keys()],
    deployments: DEPLOYMENTS,
    policy: files.policy,
    target: (site, deployment) => resolveTarget(files, siteOf(site), deploymentOf(deployment)),
    layersOf: (site, deployment) => layerValues(files, siteOf(site), deploymentOf(deployment)),
    site: (name) => infoOf(siteOf(name)),
    runbooks,
  };
}

/** Every problem of a configuration folder; none when it can be used. */
export function checkConfig(dir: string): readonly Problem[] {
  return inspect(dir).problems;
}

function inspect(dir: string): {
  readonly files: Files;
  readonly runbooks: readonly Runbook[];
  readonly problems: readonly Problem[];
} {
  const files = readFiles(dir);
  const problems = [...files.problems];
  if (files.siteNames.length === 0 && !problems.some((known) => known.message.includes('/sites: '))) {
    problems.push(problem('config.file', `${dir}/sites: got no site, expected at least one NAME.yaml`));
  }
  if (files.defaults && files.deployments.size === DEPLOYMENTS.length) {
    for (const site of files.sites.values()) problems.push(...missingVariables(files, site));
  }
  const { runbooks, problems: ofRunbooks } = readRunbooks(dir, files.siteNames);
  problems.push(...portClashes(files), ...policySites(files), ...ofRunbooks);
  return { files, runbooks, problems };
}

/** Sites that the policy names and that are not there. */
function policySites(files: Files): Problem[] {
  const { policy, siteNames } = files;
  if (policy === undefined) return [];
  return (['rules', 'approvals', 'freezes'] as const).flatMap((key) =>
    policy[key].flatMap(({ sites = [] }, i) =>
      sites.flatMap((site, k) => {
        if (siteNames.includes(site)) return [];
        const what = `got "${site}", expected ${siteNames.join(' | ')}`;
        const where = [key, i, 'sites', k];
        return [problem('config.key', keyMessage(files.policyOrigin, where, what, nearest(site, siteNames)))];
      }),
    ),
  );
}

function infoOf(layer: SiteLayer): SiteInfo {
  const {
    title = layer.name,
    channel,
    timezone,
    access,
    launcher,
    installer,
    maintenance,
    drift,
  } = layer.site;
  return {
    name: layer.name,
    title,
    channels: channelsOf(channel),
    timezone,
    maintenance,
    drift,
    host: access.host,
    launchTool: launcher.kind,
    installMethod: installer.kind,
  };
}

function unknown(what: string, name: string, known: readonly string[]): never {
  const guess = nearest(name, known);
  throw new OpsError(
    'usage.argument',
    `got ${what} "${name}", expected ${known.join(' | ')}${guess === undefined ? '' : ` (did you mean ${guess}?)`}`,
  );
}
