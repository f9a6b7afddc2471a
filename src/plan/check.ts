import type { Fact } from '../core/fact.ts';
import type { Finding } from '../core/finding.ts';
import type { ActionRequest } from '../core/request.ts';
import type { JobFate } from '../core/run.ts';
import type { Service } from '../core/service.ts';
import type { Target } from '../core/target.ts';
import { installerOf } from '../installers/index.ts';
import type { Installer, Release } from '../installers/installer.ts';
import { launcherOf } from '../launchers/index.ts';
import type { Launcher } from '../launchers/launcher.ts';
import { catalogueFact } from './catalogue.ts';
import { type FolderState, folderFacts, folderFindings } from './folder-facts.ts';
import { lockFindings } from './lock.ts';
import { combineFacts } from './observation.ts';
import { operationOf } from './operations/index.ts';
import { type SiteFacts, siteFacts } from './site-facts.ts';
import { rollbackFindings, type Snapshot, snapshotFacts } from './snapshots.ts';
import { catalogueFindings, unlistedFindings, withServices } from './with-services.ts';

/** All that is known of a target before anything is changed. */
export type Observation = {
  readonly site: SiteFacts;
  readonly folders: readonly FolderState[];
  readonly launcher: unknown;
  readonly installer: unknown;
  /** What a rollback can bring back. */
  readonly snapshots?: readonly Snapshot[];
  /** The services that are deployed; undefined where nothing was kept of them, and for a deploy, which brings its own. */
  readonly catalogue?: readonly Service[] | undefined;
};

/** The one read-only round trip before a plan. */
export function observation(target: Target, release: Release): Fact<Observation> {
  return combineFacts<Observation>(factsOf(target, release));
}

function factsOf(target: Target, release: Release) {
  const launcher: Launcher = launcherOf(target);
  const installer: Installer = installerOf(target);
  return {
    site: siteFacts(target),
    folders: folderFacts(target),
    launcher: launcher.observe(target),
    installer: installer.observe(target, release),
  };
}

/** The same for an action: one that is not about the services looks at the site alone. */
export function observationFor(request: ActionRequest, target: Target, release: Release): Fact<Observation> {
  if (request.action === 'deploy') return observation(target, release);
  if (operationOf(request.action) === undefined) {
    const facts = { ...factsOf(target, release), catalogue: catalogueFact(target) };
    if (request.action !== 'rollback') return combineFacts<Observation>(facts);
    return combineFacts<Observation>({ ...facts, snapshots: snapshotFacts(target) });
  }
  const site = combineFacts({ site: siteFacts(target) });
  return {
    ...site,
    parse: (stdout, code) => ({
      ...site.parse(stdout, code),
      folders: [],
      launcher: undefined,
      installer: undefined,
    }),
  };
}

/** What would be seen at a site that is as configured and where nothing is installed: for a plan without contact. */
export function assumedObservation(target: Target): Observation {
  const site: SiteFacts = {
    account: target.access.expect.account,
    hostname: target.access.expect.hostname ?? target.access.host,
    groups: [],
    unknownGroups: [],
    endpoints: [],
    drifted: [],
    installed: false,
    writable: true,
    epochSec: 0,
  };
  const snapshot: Snapshot = {
    release: 'LAST',
    at: 0,
    files: 1,
    restored: false,
    launcher: target.launcher.kind,
    installer: target.installer.kind,
    before: { live: 'PREVIOUS', version: 'PREVIOUS' },
  };
  return {
    site,
    folders: [],
    launcher: launcherOf(target).nothing,
    installer: installerOf(target).nothing,
    snapshots: [snapshot],
  };
}

/**
 * Judges whether a deploy may begin. Pure: the same observation always gives the same findings.
 * @param fate of the job that the lock at the site names
 */
export function judgeCheck(
  target: Target,
  release: Release,
  seen: Observation,
  jobId: string,
  fate: JobFate = 'unknown',
): readonly Finding[] {
  return [
    ...identity(target, seen.site),
    ...lockFindings(seen.site, jobId, fate),
    ...ground(target, seen.site),
    ...folderFindings(target, seen.folders, seen.site),
    ...reachability(seen.site),
    ...drift(seen.site),
    ...installerOf(target).findings(target, seen.installer, release),
    ...launcherOf(target).findings(target, seen.launcher),
  ];
}

/** Nothing but the identity: what an action needs that installs nothing. */
export function judgeIdentity(
  target: Target,
  seen: Pick<Observation, 'site'>,
  jobId: string,
  fate: JobFate = 'unknown',
): readonly Finding[] {
  return [...identity(target, seen.site), ...lockFindings(seen.site, jobId, fate)];
}

/** Whether services are there to be acted on, and could be started again: asked before anything stops them. */
export function judgeStart(
  request: ActionRequest,
  target: Target,
  seen: Pick<Observation, 'launcher' | 'snapshots' | 'catalogue'>,
): readonly Finding[] {
  if (operationOf(request.action) !== undefined) return [];
  const meant = withServices(request, target, seen);
  const services = [...unlistedFindings(request, seen), ...catalogueFindings(request, target, meant)];
  if (request.action === 'stop') return services;
  const minded = launcherOf(meant).findings(meant, seen.launcher);
  if (request.action !== 'rollback') return [...services, ...minded];
  // What the launch tool minds may be what the rollback mends.
  return [...rollbackFindings(request, target, seen.snapshots ?? []), ...services, ...minded.map(asWarning)];
}

function asWarning(finding: Finding): Finding {
  return finding.level === 'fail' ? { ...finding, level: 'warn' } : finding;
}

/** Whether commands run as whom and where they must. */
export function identity(target: Target, site: SiteFacts): readonly Finding[] {
  const { expect } = target.access;
  const findings: Finding[] = [
    site.account === expect.account
      ? { level: 'ok', subject: 'account', message: site.account }
      : {
          level: 'fail',
          subject: 'account',
          message: `commands run as ${site.account}, expected ${expect.account}`,
          next: `Correct access.user or access.become in config/sites/${target.site}.yaml.`,
        },
  ];
  if (expect.hostname !== undefined) {
    findings.push(
      matches(site.hostname, expect.hostname)
        ? { level: 'ok', subject: 'host', message: site.hostname }
        : {
            level: 'fail',
            subject: 'host',
            message: `commands run on ${site.hostname}, expected ${expect.hostname}`,
            next: `Correct access.host or access.expect.hostname in config/sites/${target.site}.yaml.`,
          },
    );
  }
  return findings;
}

const LOW_KIB = 100 * 1024;

function ground(target: Target, site: SiteFacts): readonly Finding[] {
  const findings: Finding[] = [];
  const { install } = target.paths;
  if (!site.writable) {
    findings.push({
      level: 'fail',
      subject: 'install folder',
      message: `${site.account} cannot write to ${install} or its nearest existing parent`,
      next: 'Correct its owner or mode at the site.',
    });
  } else if (!site.installed) {
    findings.push({
      level: 'warn',
      subject: 'install folder',
      message: `${install} is new and will be created`,
    });
  }
  for (const group of site.unknownGroups) {
    findings.push({
      level: 'fail',
      subject: 'group',
      message: `the site knows no group ${group}`,
      next: `Correct JAWS_GROUP or JAWS_USERS_GROUP in config/sites/${target.site}.yaml.`,
    });
  }
  if (site.freeKiB !== undefined && site.freeKiB < LOW_KIB) {
    findings.push({
      level: 'fail',
      subject: 'disk',
      message: `${Math.floor(site.freeKiB / 1024)} MiB free at ${install}, expected at least ${LOW_KIB / 1024} MiB`,
      next: 'Free space at the site.',
    });
  }
  return findings;
}

/** Whether the hosts that JAWS Site talks to can be reached from the site. */
export function reachability(site: SiteFacts): readonly Finding[] {
  return site.endpoints.map(({ endpoint, reachable }): Finding => {
    const address = `${endpoint.host}:${endpoint.port}`;
    if (reachable) return { level: 'ok', subject: endpoint.name, message: address };
    return {
      level: 'fail',
      subject: endpoint.name,
      message: `${address} cannot be reached from the site`,
      next: 'Correct the host in the configuration, or ask the site to open its firewall.',
    };
  });
}

function drift(site: SiteFacts): readonly Finding[] {
  if (site.drifted.length === 0) return [];
  return [
    {
      level: 'warn',
      subject: 'drift',
      message: `changed at the site since they were written, and about to be replaced (a snapshot is kept): ${site.drifted.join(', ')}`,
    },
  ];
}

/** Shell-pattern match with `*` and `?` only. */
function matches(text: string, pattern: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'i').test(text);
}
