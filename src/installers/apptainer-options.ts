import { z } from 'zod';
import { OpsError } from '../core/errors.ts';
import { reveal } from '../core/secret.ts';
import { isReference } from '../core/site-path.ts';
import { DEPLOYMENTS, type Target } from '../core/target.ts';

/** Both methods take the same options: they pull the same image and differ in how a shim starts it. */
const shape = {
  image: z
    .string()
    .regex(
      /^(oras|docker|library):\/\/[^/\s]+\/\S*\{version\}\S*$/,
      'expected SCHEME://HOST/PATH:TAG that holds {version}, with oras, docker or library as scheme',
    )
    .default('oras://{registry}/advanced-analysis/jaws/jaws-site:apptainer-{version}')
    .describe('Image; `{registry}` stands for CI_REGISTRY and `{version}` for the version'),
  program: z
    .string()
    .regex(/^\//, 'expected an absolute path')
    .default('/usr/bin/apptainer')
    .describe('Apptainer program where JAWS_APPTAINER_PATH is not set; supervised services have no PATH'),
  keep: z
    .number()
    .int()
    .min(1)
    .max(50)
    .default(3)
    .describe('Images kept besides the live one and the one before'),
  environment: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string())
    .default({})
    .describe('Environment of the pull only, e.g. proxies and APPTAINER_CACHEDIR; services never see it'),
};

/** A site's `installer:` block when services run in the foreground of a container. */
export const apptainerRunSchema = z.strictObject({ kind: z.literal('apptainer-run'), ...shape });
/** A site's `installer:` block when each service is an Apptainer instance in the background. */
export const apptainerInstanceSchema = z.strictObject({ kind: z.literal('apptainer-instance'), ...shape });

const schema = z.discriminatedUnion('kind', [apptainerRunSchema, apptainerInstanceSchema]);
export type ApptainerOptions = z.output<typeof schema>;

/**
 * The target's installer block with its defaults.
 * @throws OpsError('config.key') when it does not follow the schema of its kind.
 */
export function apptainerOptions(target: Target): ApptainerOptions {
  const parsed = schema.safeParse(target.installer);
  if (parsed.success) return parsed.data;
  throw new OpsError('config.key', `${target.id}: installer: ${z.prettifyError(parsed.error)}`);
}

/**
 * Path of the Apptainer program: absolute, or one that begins with a reference which the site resolves.
 * @throws OpsError('config.key') for any other: it would be looked up in a PATH that services lack.
 */
export function programOf(target: Target): string {
  const program = target.env.values['JAWS_APPTAINER_PATH'] || apptainerOptions(target).program;
  if (program.startsWith('/') || isReference(program)) return program;
  throw new OpsError(
    'config.key',
    `${target.id}: JAWS_APPTAINER_PATH: got ${JSON.stringify(program)}, expected an absolute path, which may begin with a reference such as $CFS`,
  );
}

/** An image in its registry. */
export interface ImageReference {
  /** What is pulled, e.g. `oras://registry.example/advanced-analysis/jaws/jaws-site:apptainer-2.5.4`. */
  readonly uri: string;
  /** Where to log in, e.g. `oras://registry.example`. */
  readonly registry: string;
}

/**
 * The image of a version.
 * @throws OpsError('config.key') when no registry is configured, OpsError('usage.argument') for a version that is
 *   empty, names an environment or carries the tag's prefix already.
 */
export function imageOf(target: Target, version: string): ImageReference {
  const { image } = apptainerOptions(target);
  const host = reveal(target.env.values['CI_REGISTRY'] ?? '');
  if (image.includes('{registry}') && host === '') {
    throw new OpsError(
      'config.key',
      `${target.id}: CI_REGISTRY: not set, expected the host of the image registry`,
    );
  }
  if (!/^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$/.test(version) || isMisleading(version)) {
    throw new OpsError(
      'usage.argument',
      `${target.id}: version ${JSON.stringify(version)}: expected a release such as 2.5.4, no environment and no tag`,
    );
  }
  const uri = image.replaceAll('{registry}', host).replaceAll('{version}', version);
  const [registry = uri] = /^[a-z]+:\/\/[^/]+/.exec(uri) ?? [];
  return { uri, registry };
}

function isMisleading(version: string): boolean {
  const lower = version.toLowerCase();
  return DEPLOYMENTS.some((name) => name === lower) || /^(apptainer|docker)-/.test(lower);
}
