import { type Config, checkConfig, loadConfig } from '../config/config.ts';
import type { Secrets } from '../config/secrets.ts';
import { SECRETS } from '../config/variables.ts';
import type { Problem } from '../core/errors.ts';
import { MASK } from '../core/secret.ts';
import { targetId } from '../core/target.ts';

/** An answer of the command line: the text for people and the same as data. */
interface Report<T> {
  readonly text: string;
  readonly data: T;
}

/** `config check`: every problem of a configuration folder, or what it holds. */
export function checkReport(dir: string): Report<{
  readonly ok: boolean;
  readonly dir: string;
  readonly sites: readonly string[];
  readonly deployments: readonly string[];
  readonly targets: number;
  /** What is right by its form and cannot work yet. */
  readonly notes: readonly string[];
  readonly problems: readonly Problem[];
}> & { readonly problems: readonly Problem[] } {
  const problems = checkConfig(dir);
  if (problems.length > 0) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    const text = [...problems.map(({ message }) => message), `${count} in ${dir}`].join('\n');
    return {
      text,
      problems,
      data: { ok: false, dir, sites: [], deployments: [], targets: 0, notes: [], problems },
    };
  }
  const { sites, deployments, site } = loadConfig(dir);
  const targets = sites.length * deployments.length;
  const notes = sites
    .map(site)
    .filter(({ host }) => host.endsWith('.invalid'))
    .map(
      ({ name, host }) =>
        `sites/${name}.yaml: access.host: ${host} is a placeholder; put the site's host there`,
    );
  const summary = `${dir}: ${sites.length} sites × ${deployments.length} deployments, ${targets} targets, no problem`;
  return {
    text: [...notes, summary].join('\n'),
    problems,
    data: { ok: true, dir, sites, deployments, targets, notes, problems },
  };
}

/** A variable as `config show` tells it. */
export interface ShownVariable {
  readonly name: string;
  /** The mask for a secret that is there, empty for one that is not. */
  readonly value: string;
  readonly layer: 'default' | 'deployment' | 'site' | 'derived' | 'secret';
  readonly description?: string;
  /** Of a secret: the part of the secrets file, or why there is none. */
  readonly source?: string;
}

/**
 * `config show`: every variable of a target, where its value comes from, and its secrets masked.
 * @throws OpsError('usage.argument') for an unknown site or deployment
 */
export function showReport(
  config: Config,
  deployment: string,
  site: string,
  secrets?: Secrets,
): Report<{
  readonly target: string;
  readonly site: string;
  readonly deployment: string;
  readonly variables: readonly ShownVariable[];
}> {
  const values: readonly ShownVariable[] = config.layersOf(site, deployment);
  const variables = [...values, ...shownSecrets(site, deployment, secrets)].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  const rows = variables.map(({ name, value, layer, source }) => [
    name,
    value === '' ? '""' : value,
    source === undefined ? layer : `${layer}: ${source}`,
  ]);
  return {
    text: table(['variable', 'value', 'layer'], rows),
    data: { target: targetId(site, deployment), site, deployment, variables },
  };
}

function shownSecrets(
  site: string,
  deployment: string,
  secrets: Secrets | undefined,
): readonly ShownVariable[] {
  const found = secrets?.of(site, deployment);
  return SECRETS.map(({ name, description, required }) => {
    const entry = found?.get(name);
    const value = entry?.secret ? MASK : '';
    const missing = required ? 'missing' : 'not set';
    const source = secrets ? (entry ? (entry.failure ?? entry.from) : missing) : 'not read';
    return { name, value, layer: 'secret', source, description };
  });
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
