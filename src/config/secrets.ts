import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { OpsError, type Problem } from '../core/errors.ts';
import { Secret } from '../core/secret.ts';
import { DEPLOYMENTS, type Target, targetId } from '../core/target.ts';
import { problem, problemsOf, throwAll } from './issues.ts';
import { readSource, type Source, sourceSchema } from './secret-source.ts';
import { SECRETS } from './variables.ts';
import { parseYaml } from './yaml.ts';

const setSchema = z.strictObject(
  Object.fromEntries(
    SECRETS.map(({ name, description }) => [name, sourceSchema.optional().describe(description)]),
  ),
);

/** The file that JAWS_OPS_SECRETS names. */
export const secretsSchema = z.strictObject({
  default: setSchema.default({}).describe('For every target'),
  deployments: z
    .strictObject(Object.fromEntries(DEPLOYMENTS.map((name) => [name, setSchema.optional()])))
    .default({})
    .describe('For the sites’ targets of one deployment'),
  sites: z.record(z.string(), setSchema).default({}).describe('For all targets of one site'),
  targets: z
    .record(z.string().regex(/^.+-(dev|staging|prod)$/, 'expected SITE-DEPLOYMENT'), setSchema)
    .default({})
    .describe('For one target, e.g. `perlmutter-prod`'),
});
type SecretsFile = z.output<typeof secretsSchema>;

/** A secret, or why it cannot be had, and the part of the file that decided. */
interface Found {
  readonly from: string;
  readonly secret?: Secret;
  readonly failure?: string;
}

/** The secrets of all targets. Rendered in any way, it shows none of them. */
export interface Secrets {
  /** The file they come from. */
  readonly file: string;
  /** Every secret that was read, for redaction. */
  readonly all: readonly Secret[];
  /** What the file has for a target, the narrowest winning, by name. */
  of(site: string, deployment: string): ReadonlyMap<string, Found>;
}

export interface SecretsOptions {
  /** Where `{env}` looks and what commands inherit; the process's own when absent. */
  readonly env?: NodeJS.ProcessEnv;
  /** Only these sites' secrets are read; all when absent. */
  readonly sites?: readonly string[];
  /** Limit of a `{command}` in milliseconds. */
  readonly commandTimeoutMs?: number;
}

/**
 * Reads the secrets file and every source it names. A source that fails is reported by {@link withSecrets} for the
 * targets that need it.
 * @throws OpsError('secrets.file') when the file cannot be used as it is.
 */
export async function loadSecrets(file: string, options: SecretsOptions = {}): Promise<Secrets> {
  const { env = process.env, commandTimeoutMs = 10_000, sites } = options;
  const data = parseSecrets(readPrivate(file), file);
  const context = { env, dir: path.dirname(path.resolve(file)), commandTimeoutMs };
  const entries = entriesOf(data).filter(({ site }) => site === undefined || !sites || sites.includes(site));
  const found = new Map<string, Found>(
    await Promise.all(
      entries.map(async ({ from, name, source }): Promise<[string, Found]> => {
        try {
          return [`${from}.${name}`, { from, secret: new Secret(name, await readSource(source, context)) }];
        } catch (error) {
          const failure = error instanceof Error ? error.message : 'unknown error';
          return [`${from}.${name}`, { from, failure }];
        }
      }),
    ),
  );
  return {
    file,
    all: [...found.values()].flatMap(({ secret }) => (secret ? [secret] : [])),
    of: (site, deployment) => {
      const parts = [
        `targets.${targetId(site, deployment)}`,
        `sites.${site}`,
        `deployments.${deployment}`,
        'default',
      ];
      return new Map(
        SECRETS.flatMap(({ name }) => {
          const part = parts.find((candidate) => found.has(`${candidate}.${name}`));
          const entry = found.get(`${part}.${name}`);
          return entry ? [[name, entry] as const] : [];
        }),
      );
    },
  };
}

/**
 * The target with its secrets.
 * @throws OpsError('secrets.value') that names the target and each secret that is missing or cannot be read.
 */
export function withSecrets(target: Target, secrets: Secrets): Target {
  const found = secrets.of(target.site, target.deployment);
  const problems: Problem[] = [];
  const values: Record<string, Secret> = {};
  for (const { name, required } of SECRETS) {
    const entry = found.get(name);
    if (entry?.secret) values[name] = entry.secret;
    else if (entry) {
      problems.push(
        problem(
          'secrets.value',
          `${secrets.file}: ${entry.from}.${name}: ${entry.failure}, needed for ${target.id}`,
        ),
      );
    } else if (required) {
      const places = `targets.${target.id}, sites.${target.site}, deployments.${target.deployment} or default`;
      problems.push(
        problem(
          'secrets.value',
          `${secrets.file}: ${name}: missing for ${target.id}, expected under ${places}`,
        ),
      );
    }
  }
  throwAll(problems);
  return { ...target, env: { ...target.env, secrets: values } };
}

/** Text of a file that only its owner may read. */
function readPrivate(file: string): string {
  let handle: number;
  try {
    handle = openSync(file, 'r');
  } catch (error) {
    const why =
      error instanceof Error && 'code' in error && error.code === 'ENOENT'
        ? 'does not exist'
        : 'cannot be read';
    throw new OpsError('secrets.file', `${file}: ${why}`, { cause: error });
  }
  try {
    const stat = fstatSync(handle);
    if (!stat.isFile()) throw new OpsError('secrets.file', `${file}: is not a file`);
    const mode = stat.mode & 0o777;
    if ((mode & 0o077) !== 0) {
      const shown = mode.toString(8).padStart(4, '0');
      throw new OpsError('secrets.file', `${file}: got mode ${shown}, expected 0600 or stricter`, {
        next: `chmod 600 ${file}, and consider its secrets known to others on this machine.`,
      });
    }
    return readFileSync(handle, 'utf8');
  } finally {
    closeSync(handle);
  }
}

function parseSecrets(text: string, name: string): SecretsFile {
  const file = parseYaml(text, name, { hideText: true, verbatim: 'deep' });
  throwAll(file.problems.map(({ message }) => problem('secrets.file', message)));
  const parsed = secretsSchema.safeParse(file.data);
  if (parsed.success) return parsed.data;
  const problems = problemsOf(file, parsed.error, {
    schema: secretsSchema,
    data: file.data,
    code: 'secrets.file',
    hideValues: true,
  });
  throwAll(problems);
  throw new OpsError('secrets.file', `${name}: has not the shape of a secrets file`);
}

function entriesOf(
  data: SecretsFile,
): readonly { from: string; site?: string; name: string; source: Source }[] {
  const part = (from: string, set: Readonly<Record<string, Source | undefined>> | undefined, site?: string) =>
    Object.entries(set ?? {}).flatMap(([name, source]) =>
      source === undefined ? [] : [{ from, name, source, ...(site === undefined ? {} : { site }) }],
    );
  return [
    ...part('default', data.default),
    ...Object.entries(data.deployments).flatMap(([name, set]) => part(`deployments.${name}`, set)),
    ...Object.entries(data.sites).flatMap(([name, set]) => part(`sites.${name}`, set, name)),
    ...Object.entries(data.targets).flatMap(([name, set]) =>
      part(`targets.${name}`, set, name.slice(0, name.lastIndexOf('-'))),
    ),
  ];
}
