import { problemOf } from '../core/errors.ts';
import type { MaintenanceParts } from './parts.ts';

/**
 * Does one of several things: one that fails must not keep the others from being done, and comes again at the next turn.
 * @param what for the log
 */
export async function each(
  { logger }: Pick<MaintenanceParts, 'logger'>,
  what: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    logger.warn({ reason: problemOf(error).message, what }, 'not done, and tried again');
  }
}
