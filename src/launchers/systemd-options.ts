import { z } from 'zod';
import { OpsError } from '../core/errors.ts';
import type { Target } from '../core/target.ts';

/** A site's `launcher:` block when its services are units of the service account's own systemd. */
export const systemdSchema = z.strictObject({
  kind: z.literal('systemd'),
  conditionHost: z
    .string()
    .regex(
      /^[A-Za-z0-9*?[\]._-]*$/,
      'expected a host name, which may hold * and ?, or nothing for no condition',
    )
    .optional()
    .describe('Host that the units may start on; `access.expect.hostname` when absent, any when empty'),
  unitFolder: z
    .string()
    .regex(/^~?(\/(?!\.{0,2}(\/|$))[^/\s]+)+$/, 'expected an absolute path or ~/…')
    .default('~/.config/systemd/user')
    .describe('Folder of the units; one that the account’s systemd reads'),
  settleSec: z
    .number()
    .int()
    .min(1)
    .max(600)
    .default(10)
    .describe('Seconds every service must have been running before a start counts as a success'),
  limitSec: z.number().int().min(10).max(3600).default(120).describe('Seconds to wait for that'),
});

export type SystemdOptions = z.output<typeof systemdSchema>;

/**
 * The target's launcher block with its defaults.
 * @throws OpsError('config.key') when it does not follow {@link systemdSchema}.
 */
export function systemdOptions(target: Target): SystemdOptions {
  const parsed = systemdSchema.safeParse(target.launcher);
  if (parsed.success) return parsed.data;
  throw new OpsError('config.key', `${target.id}: launcher: ${z.prettifyError(parsed.error)}`);
}

/** Pattern of the hosts that the units may start on; empty when there is no such condition. */
export function conditionHost(target: Target): string {
  return systemdOptions(target).conditionHost ?? target.access.expect.hostname ?? '';
}
