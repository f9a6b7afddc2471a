import { loadSecrets, withSecrets } from '../config/secrets.ts';
import { loadSettings } from '../config/settings.ts';
import { SECRETS } from '../config/variables.ts';
import { OpsError } from '../core/errors.ts';
import { Secret } from '../core/secret.ts';
import type { Target } from '../core/target.ts';

/**
 * The target with the secrets of the file that JAWS_OPS_SECRETS names.
 * @param otherwise what to do when the variable is not set; an error when absent
 */
export async function withRealSecrets(
  target: Target,
  otherwise?: (target: Target) => Target,
): Promise<Target> {
  const { secretsFile } = loadSettings(process.env);
  if (secretsFile !== undefined)
    return withSecrets(target, await loadSecrets(secretsFile, { sites: [target.site] }));
  if (otherwise !== undefined) return otherwise(target);
  throw new OpsError(
    'config.environment',
    'JAWS_OPS_SECRETS: not set, expected the path of the secrets file',
    {
      next: 'Set it, or add --placeholders to see the files without secrets.',
    },
  );
}

/** The target with `<NAME>` where each secret would be: to be looked at, never to be deployed. */
export function withPlaceholders(target: Target): Target {
  const secrets = Object.fromEntries(SECRETS.map(({ name }) => [name, new Secret(name, `<${name}>`)]));
  return { ...target, env: { ...target.env, secrets } };
}
