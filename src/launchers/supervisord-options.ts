import { z } from 'zod';
import { OpsError } from '../core/errors.ts';
import type { Target } from '../core/target.ts';

/** The options of every launch tool whose services run under supervisord. */
export const supervisordShape = {
  package: z
    .string()
    .min(1)
    .default('supervisor==4.2.5')
    .describe("What pip installs into supervisord's own venv, e.g. `supervisor==4.2.5`"),
  pipArgs: z
    .array(z.string())
    .default([])
    .describe('Further arguments of that `pip install`, e.g. `[--no-index, --find-links, /opt/wheels]`'),
  environment: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string())
    .default({})
    .describe('Environment of that `pip install` only, e.g. proxies'),
  startRetries: z
    .number()
    .int()
    .min(0)
    .max(100)
    .default(10)
    .describe('How often supervisord tries again to start a service that ends at once, before it gives up'),
  startSecs: z
    .number()
    .int()
    .min(1)
    .max(300)
    .default(3)
    .describe(
      'Seconds a service must run before supervisord calls it RUNNING; one that ends sooner counts as a failed start',
    ),
  settleSec: z
    .number()
    .min(1)
    .max(600)
    .default(10)
    .describe(
      'Seconds every service must have been running before a start counts as a success; more than `startSecs`',
    ),
  limitSec: z
    .number()
    .int()
    .min(10)
    .max(3600)
    .default(120)
    .describe('Seconds to wait for that; ten restarts of a failing program take about 90'),
};

/** The rule between two of these options: a settle that is over by a service's `startsecs` sees nothing more of it. */
export function settlingAfterStart<S extends z.ZodType<{ startSecs: number; settleSec: number }>>(
  schema: S,
): S {
  return schema.refine(({ startSecs, settleSec }) => settleSec > startSecs, {
    path: ['settleSec'],
    error: 'expected more seconds than startSecs',
  });
}

const schema = z.object(supervisordShape);

export type SupervisordOptions = z.output<typeof schema>;

/**
 * What a target's launcher block says about supervisord, with its defaults; options of the tool itself are passed over.
 * @throws OpsError('config.key') for a wrong value.
 */
export function supervisordOptions(target: Target): SupervisordOptions {
  const parsed = schema.safeParse(target.launcher);
  if (parsed.success) return parsed.data;
  throw new OpsError('config.key', `${target.id}: launcher: ${z.prettifyError(parsed.error)}`);
}
