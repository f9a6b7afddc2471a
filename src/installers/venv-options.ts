import { z } from 'zod';
import { OpsError } from '../core/errors.ts';
import type { Target } from '../core/target.ts';

const sourceSchema = z.union(
  [
    z.strictObject({
      wheel: z
        .string()
        .regex(/^\/.*\{version\}.*\.whl$/, 'expected an absolute path of a .whl that holds {version}')
        .describe(
          'Wheel on the site; `{version}` stands for the version, e.g. `/opt/w/a-{version}-py3-none-any.whl`',
        ),
    }),
    z.strictObject({
      directory: z
        .string()
        .regex(/^\//, 'expected an absolute path')
        .describe('Source folder on the site, with a pyproject.toml or setup.py; may hold `{version}`'),
    }),
    z.strictObject({
      git: z.string().min(1).describe('URL of a git repository that the site can reach'),
      ref: z
        .string()
        .min(1)
        .default('v{version}')
        .describe('Tag or branch; `{version}` stands for the version'),
    }),
  ],
  { error: 'expected exactly one of {wheel}, {directory}, {git, ref}' },
);

/** A site's `installer:` block when JAWS Site is installed into a venv. */
export const venvSchema = z.strictObject({
  kind: z.literal('venv'),
  source: sourceSchema.describe('Where JAWS Site comes from: exactly one of wheel, directory, git'),
  pipArgs: z
    .array(z.string())
    .default([])
    .describe('Further arguments of `pip install`, e.g. `[--no-index, --find-links, /opt/wheels]`'),
  keep: z
    .number()
    .int()
    .min(1)
    .max(50)
    .default(3)
    .describe('Complete releases kept besides the live one and the one before'),
  environment: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string())
    .default({})
    .describe('Environment of install steps only, e.g. proxies; services never see it'),
});

export type VenvOptions = z.output<typeof venvSchema>;
export type VenvSource = VenvOptions['source'];

/**
 * The target's installer block with its defaults.
 * @throws OpsError('config.key') when it does not follow {@link venvSchema}.
 */
export function venvOptions(target: Target): VenvOptions {
  const parsed = venvSchema.safeParse(target.installer);
  if (parsed.success) return parsed.data;
  throw new OpsError('config.key', `${target.id}: installer: ${z.prettifyError(parsed.error)}`);
}
