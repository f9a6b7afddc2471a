import { homedir } from 'node:os';
import path from 'node:path';
import type { Problem } from '../core/errors.ts';
import { SERVICES } from '../core/service.ts';
import { type Access, type Deployment, type Target, targetId } from '../core/target.ts';
import { DERIVED, derive } from './derive.ts';
import type { Files, Layer, SiteLayer } from './files.ts';
import { problem } from './issues.ts';
import { cleanupOf, runnerOf } from './upkeep.ts';
import { substitute } from './value-types.ts';
import { PORT_FAMILIES, portVariable, VARIABLES } from './variables.ts';

export type LayerName = 'default' | 'deployment' | 'site' | 'derived';

/** A variable of a target and the layer its value comes from. */
export interface LayeredValue {
  readonly name: string;
  readonly value: string;
  readonly layer: LayerName;
  readonly description?: string;
}

/** The variables of one target, sorted by name: defaults, over them the deployment, over them the site, then the derived. */
export function layerValues(files: Files, site: SiteLayer, deployment: string): readonly LayeredValue[] {
  const layered = new Map<string, LayeredValue>();
  const put = (name: string, value: string, layer: LayerName) => {
    const description = (layer === 'derived' ? DERIVED[name] : undefined) ?? DESCRIPTIONS.get(name);
    layered.set(name, { name, value, layer, ...(description === undefined ? {} : { description }) });
  };
  const names = { JAWS_SITE_NAME: site.name, JAWS_DEPLOYMENT_NAME: deployment };
  for (const [layer, env] of [
    ['default', files.defaults?.env],
    ['deployment', files.deployments.get(deployment)?.env],
    ['site', site.env],
  ] as const) {
    for (const [name, value] of Object.entries(env ?? {})) put(name, substitute(value, names), layer);
  }
  const { values } = derive(site.name, deployment, valuesOf([...layered.values()]));
  for (const [name, value] of Object.entries(values)) {
    if (layered.get(name)?.value !== value) put(name, value, 'derived');
  }
  return [...layered.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

const DESCRIPTIONS = new Map(VARIABLES.map((variable) => [variable.name, variable.description]));

function valuesOf(values: readonly LayeredValue[]): Record<string, string> {
  return Object.fromEntries(values.map(({ name, value }) => [name, value]));
}

/** The target without its secrets. */
export function resolveTarget(files: Files, site: SiteLayer, deployment: Deployment): Target {
  const values = valuesOf(layerValues(files, site, deployment));
  const { title = site.name, timezone, access, launcher, installer, services, folders, cleanup } = site.site;
  const runner = runnerOf(site.site.runner, values);
  const pathsOf = (each: Deployment) =>
    derive(site.name, each, valuesOf(layerValues(files, site, each))).paths;
  return {
    id: targetId(site.name, deployment),
    site: site.name,
    deployment,
    title,
    env: { values, secrets: {} },
    paths: derive(site.name, deployment, values).paths,
    access: accessOf(files.dir, access),
    launcher,
    installer,
    otherLaunchers: site.site.launchers,
    otherInstallers: site.site.installers,
    services: services === undefined ? SERVICES : SERVICES.filter(({ name }) => services.includes(name)),
    folders,
    cleanup: cleanupOf(cleanup, pathsOf),
    ...(runner === undefined ? {} : { runner }),
    timezone,
  };
}

function accessOf(dir: string, access: SiteLayer['site']['access']): Access {
  const { identityFile, renew, become, expect, knownHostsFile, ...rest } = access;
  return {
    ...rest,
    ...(identityFile === undefined ? {} : { identityFile: localPath(dir, identityFile) }),
    ...(renew === undefined ? {} : { renew }),
    ...(become === undefined ? {} : { become }),
    knownHostsFile: localPath(dir, knownHostsFile),
    expect: {
      account: expect.account ?? become ?? access.user,
      ...(expect.hostname === undefined ? {} : { hostname: expect.hostname }),
    },
  };
}

function localPath(dir: string, file: string): string {
  return file.startsWith('~/') ? path.join(homedir(), file.slice(2)) : path.resolve(dir, file);
}

/** Required variables that no layer of a target defines, one problem per variable and site. */
export function missingVariables(files: Files, site: SiteLayer): Problem[] {
  const layers = (deployment: string): readonly (Layer | undefined)[] => [
    files.defaults,
    files.deployments.get(deployment),
    site,
  ];
  const problems: Problem[] = [];
  const known = [...files.deployments.keys()];
  for (const { name, type } of VARIABLES.filter((variable) => variable.required)) {
    const without = known.filter(
      (deployment) => !layers(deployment).some((layer) => layer && name in layer.env),
    );
    if (without.length === 0) continue;
    const scope = without.length === known.length ? '' : ` for ${without.join(', ')}`;
    problems.push(
      problem(
        'config.key',
        `${site.origin.name}: env.${name}: missing${scope} in every layer, expected ${type.expected}`,
      ),
    );
  }
  for (const deployment of known) {
    for (const { family } of PORT_FAMILIES) {
      const name = portVariable(family, deployment);
      if (layers(deployment).some((layer) => layer && name in layer.env)) continue;
      problems.push(
        problem('config.key', `${site.origin.name}: env.${name}: missing in every layer, expected a port`),
      );
    }
  }
  return problems;
}
