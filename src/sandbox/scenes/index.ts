import { OpsError, problemOf } from '../../core/errors.ts';
import type { Product } from '../product.ts';
import { playMaintenance } from './maintenance.ts';
import { Missed } from './stage.ts';

const USAGE = 'demo maintenance SITE';

/**
 * Plays `demo SCENE …`, which only the demo knows: a story told with the real product in a few minutes, that fails
 * when anything of it does not happen. Undefined for any other command.
 */
export function play(
  product: Product,
  text: string,
  print: (text: string) => void,
): Promise<boolean> | undefined {
  const [word, ...words] = text.trim().split(/\s+/);
  return word === 'demo' ? playScene(product, words, print) : undefined;
}

async function playScene(
  product: Product,
  [scene, site = '', ...more]: readonly string[],
  print: (text: string) => void,
): Promise<boolean> {
  try {
    if (scene !== 'maintenance' || more.length > 0)
      throw new OpsError('usage.command', `expected ${USAGE}`, {
        next: `For example: ${USAGE.replace('SITE', 'perlmutter')}.`,
      });
    await playMaintenance(product, site, ['dev', 'staging'], print);
    print('\n✔ everything happened as it should, each message once');
    return true;
  } catch (error) {
    if (!(error instanceof Missed || error instanceof OpsError)) throw error;
    const { message, next } = problemOf(error);
    print(`\n✘ ${message}${error instanceof OpsError ? `\n${next}` : ''}`);
    return false;
  }
}
