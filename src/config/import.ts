import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { OpsError, type Problem } from '../core/errors.ts';
import { DEPLOYMENTS } from '../core/target.ts';
import { checkConfig } from './config.ts';
import { type Entry, type ImportedLayer, importLayer, type Remark } from './import-layer.ts';
import { layerYaml, placeholderHost, type SiteModel, siteYaml } from './import-yaml.ts';
import { RESERVED_NAMES, siteName } from './site.ts';
import { VARIABLES } from './variables.ts';
import { isRecord } from './yaml.ts';

/** What came of an import. Files name those of the shell tree, relative to it. */
export interface Imported {
  readonly out: string;
  readonly written: readonly string[];
  readonly sites: readonly string[];
  /** What was not understood or has no place; nothing else of the tree is missing. */
  readonly lost: readonly Remark[];
  readonly notes: readonly Remark[];
  /** What has to be put in by hand, e.g. how a site is reached. */
  readonly missing: readonly string[];
  /** What `config check` says of the result. */
  readonly problems: readonly Problem[];
}

/**
 * Turns a JAWS shell configuration tree (`default.sh` or `defaults.sh`, `deployments/*.sh`, `sites/*.sh`) into a
 * configuration folder of ours. Nothing of it is run.
 * @param models a configuration folder that lends what the tree does not say: policy, versions, ways to known sites
 * @throws OpsError('usage.argument') for a tree without defaults or sites, or an output folder that is not empty
 */
export function importConfig(tree: string, out: string, models: string): Imported {
  const defaultsFile = ['default.sh', 'defaults.sh'].filter((name) => existsSync(path.join(tree, name)));
  if (defaultsFile.length !== 1) {
    const got = defaultsFile.length === 0 ? 'neither' : 'both';
    throw new OpsError(
      'usage.argument',
      `${tree}: got ${got} of default.sh and defaults.sh, expected one of them`,
    );
  }
  if (existsSync(out) && readdirSync(out).length > 0)
    throw new OpsError(
      'usage.argument',
      `--out ${out}: got a folder with files in it, expected an empty or new one`,
    );
  const read = (file: string, lower?: ReadonlyMap<string, string | undefined>) =>
    importLayer(file, readFileSync(path.join(tree, file), 'utf8'), lower);
  const defaults = read(defaultsFile[0] ?? '');
  const deployments = new Map(
    shellFiles(tree, 'deployments').map((name) => [name, read(`deployments/${name}.sh`, defaults.values)]),
  );
  const lower = new Map<string, string | undefined>(defaults.values);
  for (const { values } of deployments.values()) for (const name of values.keys()) lower.set(name, undefined);
  const sites = new Map(shellFiles(tree, 'sites').map((name) => [name, read(`sites/${name}.sh`, lower)]));
  if (sites.size === 0)
    throw new OpsError('usage.argument', `${tree}/sites: got no *.sh, expected one for each site`);
  return write({ defaults, deployments, sites }, out, models);
}

interface Layers {
  readonly defaults: ImportedLayer;
  readonly deployments: ReadonlyMap<string, ImportedLayer>;
  readonly sites: ReadonlyMap<string, ImportedLayer>;
}

function write({ defaults, deployments, sites }: Layers, out: string, models: string): Imported {
  const written: string[] = [];
  const missing: string[] = [];
  const put = (file: string, text: string) => {
    mkdirSync(path.dirname(path.join(out, file)), { recursive: true });
    writeFileSync(path.join(out, file), text);
    written.push(file);
  };
  const supplied = suppliedDefaults(defaults, [...sites.values()], models);
  put('defaults.yaml', layerYaml({ entries: [...defaults.entries, ...supplied], below: defaults.below }));
  for (const name of DEPLOYMENTS) put(`deployments/${name}.yaml`, layerYaml(deployments.get(name) ?? EMPTY));
  const lost = [defaults, ...deployments.values(), ...sites.values()].flatMap((layer) => layer.lost);
  const stray = (file: string, text: string) => lost.push({ file, line: 1, text });
  for (const name of deployments.keys()) {
    if (!DEPLOYMENTS.some((known) => known === name))
      stray(
        `deployments/${name}.sh`,
        `is of a deployment that is not known here, expected ${DEPLOYMENTS.join(' | ')}`,
      );
  }
  const taken: string[] = [];
  for (const [file, layer] of sites) {
    const name = file.toLowerCase();
    if (
      !siteName.test(name) ||
      RESERVED_NAMES.some((reserved) => reserved === name) ||
      taken.includes(name)
    ) {
      stray(`sites/${file}.sh`, 'has a name that no site can have here; give the file another one');
      continue;
    }
    const model = modelOf(name, layer, models);
    put(`sites/${name}.yaml`, siteYaml(name, layer, model));
    taken.push(name);
    if (!model.known)
      missing.push(
        `sites/${name}.yaml: access: host ${placeholderHost(name)} is a placeholder; check channel, timezone, launcher and installer as well`,
      );
  }
  for (const layer of [defaults, ...deployments.values()]) {
    for (const name of Object.keys(layer.environment))
      stray(
        layer === defaults ? 'default.sh' : 'deployments',
        `${name}: belongs into installer.environment of the sites that need it`,
      );
  }
  mkdirSync(out, { recursive: true });
  copyFileSync(path.join(models, 'policy.yaml'), path.join(out, 'policy.yaml'));
  written.push('policy.yaml');
  missing.push('policy.yaml: names the operators of the folder it was copied from; put your own there');
  const notes = [defaults, ...deployments.values(), ...sites.values()].flatMap((layer) => layer.notes);
  return { out, written, sites: taken, lost, notes, missing, problems: checkConfig(out) };
}

const EMPTY = { entries: [], below: [] } as const;

/** Variables that a target must have and neither the defaults nor every site set, as the models' defaults have them. */
function suppliedDefaults(
  defaults: ImportedLayer,
  sites: readonly ImportedLayer[],
  models: string,
): readonly Entry[] {
  const file: unknown = parse(readFileSync(path.join(models, 'defaults.yaml'), 'utf8'), {
    schema: 'failsafe',
  });
  const env = isRecord(file) && isRecord(file['env']) ? file['env'] : {};
  const sets = (name: string) => (layer: ImportedLayer) => layer.entries.some((entry) => entry.name === name);
  return VARIABLES.flatMap(({ name, required }) => {
    const value = env[name];
    if (!required || typeof value !== 'string' || sets(name)(defaults) || sites.every(sets(name))) return [];
    return [{ name, value, above: ['Not in the shell files:'] }];
  });
}

/** A known site lends its own file, any other that of the site whose way to run services its variables point to. */
function modelOf(name: string, { values }: ImportedLayer, models: string): SiteModel {
  const file = (site: string) => path.join(models, 'sites', `${site}.yaml`);
  if (existsSync(file(name))) return { known: true, text: readFileSync(file(name), 'utf8') };
  const like = values.get('JAWS_PERLMUTTER')
    ? 'perlmutter'
    : values.get('JAWS_APPTAINER_PATH')
      ? 'jgi'
      : 'aws';
  return { known: false, text: readFileSync(file(like), 'utf8') };
}

/** Names of the shell files of a folder, sorted. */
function shellFiles(tree: string, folder: string): readonly string[] {
  const dir = path.join(tree, folder);
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .filter((name) => name.endsWith('.sh'))
    .map((name) => name.slice(0, -'.sh'.length))
    .sort();
}
