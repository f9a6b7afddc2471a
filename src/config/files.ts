import path from 'node:path';
import type { z } from 'zod';
import type { Problem } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { type Configured, DEPLOYMENTS, type InstallMethod, type LaunchTool } from '../core/target.ts';
import { keyMessage, type Origin, problem, problemsOf } from './issues.ts';
import { type Policy, policySchema } from './policy.ts';
import { layerSchema, RESERVED_NAMES, type SiteFile, siteName, siteSchema } from './site.ts';
import { installerSchema, launcherSchema, parseOther } from './tools.ts';
import { SECRETS } from './variables.ts';
import { isRecord, readYaml, type YamlFile } from './yaml.ts';
import { shownName, yamlNames } from './yaml-folder.ts';

/** A layer's variables, by name, as text. */
export interface Layer {
  readonly origin: Origin;
  readonly env: Readonly<Record<string, string>>;
}

/** A site's file with its tool blocks checked by the schemas of their kinds. */
export interface SiteLayer extends Layer {
  readonly name: string;
  readonly site: Omit<SiteFile, 'launcher' | 'installer' | 'launchers' | 'installers' | 'env'> & {
    readonly launcher: Configured<LaunchTool>;
    readonly installer: Configured<InstallMethod>;
    readonly launchers: readonly Configured<LaunchTool>[];
    readonly installers: readonly Configured<InstallMethod>[];
  };
}

/** All files of a configuration folder. Whatever is wrong with one of them is in `problems`. */
export interface Files {
  readonly dir: string;
  readonly defaults: Layer | undefined;
  readonly deployments: ReadonlyMap<string, Layer>;
  readonly sites: ReadonlyMap<string, SiteLayer>;
  /** Names of all site files, also of those that have problems. */
  readonly siteNames: readonly string[];
  readonly policy: Policy | undefined;
  readonly policyOrigin: Origin;
  readonly problems: readonly Problem[];
}

/** Reads every file of a configuration folder. Never throws and changes nothing. */
export function readFiles(dir: string): Files {
  const shown = shownName(dir);
  const problems: Problem[] = [];
  const read = (relative: string) =>
    readYaml(path.join(dir, relative), `${shown}/${relative}`, { verbatim: 'env' });
  const layer = (relative: string): Layer | undefined => {
    const file = read(relative);
    const data = checked(file, layerSchema, problems);
    return data && { origin: file, env: definedOf(data.env) };
  };

  const defaults = layer('defaults.yaml');
  const deployments = new Map<string, Layer>();
  for (const name of DEPLOYMENTS) {
    const found = layer(`deployments/${name}.yaml`);
    if (found) deployments.set(name, found);
  }
  for (const name of yamlNames(dir, 'deployments', shown, problems)) {
    if (DEPLOYMENTS.some((known) => known === name)) continue;
    const origin = { name: `${shown}/deployments/${name}.yaml` };
    const what = `got deployment "${name}", expected ${DEPLOYMENTS.join(' | ')}`;
    problems.push(problem('config.file', keyMessage(origin, [], what, nearest(name, DEPLOYMENTS))));
  }

  const sites = new Map<string, SiteLayer>();
  const siteNames = yamlNames(dir, 'sites', shown, problems);
  for (const name of siteNames) {
    const file = read(`sites/${name}.yaml`);
    if (!siteName.test(name) || RESERVED_NAMES.some((reserved) => reserved === name)) {
      const what = `got site "${name}", expected lower-case letters, digits and "-", and none of ${RESERVED_NAMES.join(', ')}`;
      problems.push(problem('config.file', keyMessage({ name: file.name }, [], what)));
    }
    const found = checkedSite(name, file, problems);
    if (found) sites.set(name, found);
  }

  const policyOrigin = read('policy.yaml');
  const policy = checked(policyOrigin, policySchema, problems);
  return { dir, defaults, deployments, sites, siteNames, policy, policyOrigin, problems };
}

function checkedSite(name: string, file: YamlFile, problems: Problem[]): SiteLayer | undefined {
  const data = checked(file, siteSchema, problems);
  const raw = isRecord(file.data) ? file.data : {};
  const launcher = checkedBlock(file, 'launcher', raw['launcher'], launcherSchema, siteSchema, problems);
  const installer = checkedBlock(file, 'installer', raw['installer'], installerSchema, siteSchema, problems);
  if (!data || !launcher || !installer) return undefined;
  const { env, ...site } = data;
  const launchers = checkedOthers(file, 'launchers', data.launchers, launcherSchema, launcher, problems);
  const installers = checkedOthers(file, 'installers', data.installers, installerSchema, installer, problems);
  return {
    name,
    origin: file,
    env: definedOf(env),
    site: { ...site, launcher, installer, launchers, installers },
  };
}

/** Checks the options of each tool that a request may choose, by the schema of its kind. */
function checkedOthers<K extends string>(
  file: YamlFile,
  key: 'launchers' | 'installers',
  blocks: Readonly<Partial<Record<K, Readonly<Record<string, unknown>>>>>,
  schemaOf: (kind: K) => z.ZodType<Configured<K>>,
  own: Configured<K>,
  problems: Problem[],
): readonly Configured<K>[] {
  return (Object.keys(blocks) as K[]).flatMap((kind) => {
    const options = blocks[kind] ?? {};
    if (kind === own.kind) {
      const what = `is the site's own kind, expected its options in ${key.slice(0, -1)}`;
      problems.push(problem('config.key', keyMessage(file, [key, kind], what)));
      return [];
    }
    const schema = schemaOf(kind);
    const parsed = parseOther(schema, kind, options, own);
    if (parsed.success) return [parsed.data];
    problems.push(
      ...problemsOf(file, parsed.error, { schema, data: { kind, ...options }, base: [key, kind] }),
    );
    return [];
  });
}

/** Checks a tool's block by the schema of its kind; a wrong kind is reported by the schema of the whole file. */
function checkedBlock<K extends string>(
  file: YamlFile,
  key: 'launcher' | 'installer',
  block: unknown,
  schemaOf: (kind: K) => z.ZodType<Configured<K>>,
  outer: typeof siteSchema,
  problems: Problem[],
): Configured<K> | undefined {
  const kind = outer.shape[key].safeParse(block);
  if (!kind.success) return undefined;
  const schema = schemaOf(kind.data.kind as K);
  const parsed = schema.safeParse(block);
  if (parsed.success) return parsed.data;
  problems.push(...problemsOf(file, parsed.error, { schema, data: block, base: [key] }));
  return undefined;
}

/** The file's data when it follows the schema. Otherwise what is wrong is added to `problems`. */
function checked<T>(file: YamlFile, schema: z.ZodType<T>, problems: Problem[]): T | undefined {
  problems.push(...file.problems);
  if (file.data === undefined) return undefined;
  const secrets = secretsIn(file);
  problems.push(...secrets.problems);
  const parsed = schema.safeParse(secrets.data);
  if (parsed.success) return parsed.data;
  problems.push(...problemsOf(file, parsed.error, { schema, data: secrets.data }));
  return undefined;
}

/** Takes secrets out of `env:`, each as a problem that does not show its value. */
function secretsIn(file: YamlFile): { readonly data: unknown; readonly problems: readonly Problem[] } {
  if (!isRecord(file.data) || !isRecord(file.data['env'])) return { data: file.data, problems: [] };
  const env = { ...file.data['env'] };
  const problems: Problem[] = [];
  for (const { name } of SECRETS) {
    if (!(name in env)) continue;
    delete env[name];
    const what = 'is a secret, expected only in the file that JAWS_OPS_SECRETS names';
    problems.push(problem('config.key', keyMessage(file, ['env', name], what)));
  }
  return { data: { ...file.data, env }, problems };
}

function definedOf(env: Readonly<Record<string, string | undefined>> | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
