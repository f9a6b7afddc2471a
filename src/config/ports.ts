import type { Problem } from '../core/errors.ts';
import type { Files, SiteLayer } from './files.ts';
import { keyMessage, problem } from './issues.ts';
import { layerValues } from './resolve.ts';
import { PORT_FAMILIES, portVariable } from './variables.ts';

interface Use {
  readonly site: SiteLayer;
  readonly name: string;
  readonly port: string;
}

/** Ports that two services of one host would share: across deployments, services and sites with the same host. */
export function portClashes(files: Files): Problem[] {
  const hosts = new Map<string, Map<string, Use>>();
  const problems: Problem[] = [];
  for (const site of files.sites.values()) {
    const host = site.site.access.host.toLowerCase();
    const used = hosts.get(host) ?? new Map<string, Use>();
    hosts.set(host, used);
    for (const use of usesOf(files, site)) {
      const first = used.get(use.port);
      if (first) problems.push(clash(host, first, use));
      else used.set(use.port, use);
    }
  }
  return problems;
}

function usesOf(files: Files, site: SiteLayer): readonly Use[] {
  return [...files.deployments.keys()].flatMap((deployment) => {
    const values = new Map(layerValues(files, site, deployment).map(({ name, value }) => [name, value]));
    return PORT_FAMILIES.flatMap(({ family }) => {
      const name = portVariable(family, deployment);
      const port = values.get(name);
      return port === undefined ? [] : [{ site, name, port }];
    });
  });
}

function clash(host: string, first: Use, second: Use): Problem {
  const other = first.site === second.site ? first.name : `${first.name} in ${first.site.origin.name}`;
  const what = `got ${second.port}, which ${other} uses on ${host} too, expected a port of its own`;
  return problem('config.port', keyMessage(second.site.origin, ['env', second.name], what));
}
