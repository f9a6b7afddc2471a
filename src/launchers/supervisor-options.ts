import { z } from 'zod';
import { OpsError } from '../core/errors.ts';
import type { Target } from '../core/target.ts';
import { legacySchema } from './supervisord-layout.ts';
import { settlingAfterStart, supervisordShape } from './supervisord-options.ts';

/** A site's `launcher:` block when its services run under supervisord. */
export const supervisorSchema = settlingAfterStart(
  z.strictObject({
    kind: z.literal('supervisor'),
    ...supervisordShape,
    legacy: legacySchema
      .optional()
      .describe('Older layout: a folder with two supervisords, one for JAWS Site and one for its backend'),
  }),
);

export type SupervisorOptions = z.output<typeof supervisorSchema>;

/**
 * The target's launcher block with its defaults.
 * @throws OpsError('config.key') when it does not follow {@link supervisorSchema}.
 */
export function supervisorOptions(target: Target): SupervisorOptions {
  const parsed = supervisorSchema.safeParse(target.launcher);
  if (parsed.success) return parsed.data;
  throw new OpsError('config.key', `${target.id}: launcher: ${z.prettifyError(parsed.error)}`);
}
