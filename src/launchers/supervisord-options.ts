import { z } from 'zod';
import { OpsError } from '../core/errors.ts';
import type { Target } from '../core/target.ts';

/** Seconds a program must run before supervisord calls it RUNNING; `startsecs` of every program of ours. */
export const START_SECS = 3;

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
  settleSec: z
    .number()
    .int()
    .min(START_SECS + 1)
    .max(600)
    .default(10)
    .describe('Seconds every service must have been running before a start counts as a success'),
  limitSec: z
    .number()
    .int()
    .min(10)
    .max(3600)
    .default(120)
    .describe('Seconds to wait for that; ten restarts of a failing program take about 90'),
};

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
