import { readFileSync, statSync } from 'node:fs';
import { exposure } from '../core/exposure.ts';
import { Secret } from '../core/secret.ts';

/**
 * A secret of the environment: the variable's own value, or the content of the file that `NAME_FILE` names, less one
 * newline at its end. A file that others may read is refused. A variable that is set to nothing counts as not set.
 * @param wrong told of a variable and what is wrong with it; never shown the value
 */
export function secretVariable(
  env: NodeJS.ProcessEnv,
  name: string,
  wrong: (variable: string, what: string) => void,
): Secret | undefined {
  const value = env[name];
  const variable = `${name}_FILE`;
  const file = env[variable];
  if (!file) return value ? new Secret(name, value) : undefined;
  if (value) {
    wrong(variable, `set together with ${name}, expected one of the two`);
    return undefined;
  }
  try {
    const shared = exposure(statSync(file), process.getuid?.() ?? 0);
    if (shared !== undefined) {
      wrong(variable, `${file}: ${shared}`);
      return undefined;
    }
    const text = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    if (text !== '') return new Secret(name, text);
    wrong(variable, `${file} is empty, expected the value of ${name}`);
  } catch (error) {
    wrong(variable, `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  return undefined;
}
