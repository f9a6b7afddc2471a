import { z } from 'zod';
import type { Configured, InstallMethod, LaunchTool } from '../core/target.ts';
import { INSTALL_METHODS, installers } from '../installers/index.ts';
import { LAUNCH_TOOLS, launchers } from '../launchers/index.ts';

/** Schema of a `launcher:` block: that of the tool. A tool without a schema of its own takes any options. */
export function launcherSchema(kind: LaunchTool): z.ZodType<Configured<LaunchTool>> {
  return launchers[kind]?.schema ?? anyOptions(kind);
}

/** Schema of an `installer:` block: that of the method. A method without a schema of its own takes any options. */
export function installerSchema(kind: InstallMethod): z.ZodType<Configured<InstallMethod>> {
  return installers[kind]?.schema ?? anyOptions(kind).extend({ environment: environment.optional() });
}

function anyOptions<K extends string>(kind: K) {
  return z.looseObject({ kind: z.literal(kind) });
}

const environment = z
  .record(
    z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of an environment variable'),
    z.string(),
  )
  .describe('Environment of install steps only, e.g. proxies; services never see it');

/** Blocks before their kind is known. */
export const launcherBlock = z.looseObject({ kind: z.enum(LAUNCH_TOOLS) });
export const installerBlock = z.looseObject({ kind: z.enum(INSTALL_METHODS) });

/** Options for the tools that a request may choose in place of the site's own, by kind. */
export const otherLaunchers = z.partialRecord(z.enum(LAUNCH_TOOLS), z.looseObject({})).default({});
export const otherInstallers = z.partialRecord(z.enum(INSTALL_METHODS), z.looseObject({})).default({});

/**
 * Reads the options of a tool that is not the site's own. Where they have no `environment`, that of the own block
 * is theirs too: the way out of a site is the same for every method.
 */
export function parseOther<K extends string>(
  schema: z.ZodType<Configured<K>>,
  kind: K,
  options: Readonly<Record<string, unknown>>,
  own: Configured<string>,
): z.ZodSafeParseResult<Configured<K>> {
  const parsed = schema.safeParse({ kind, ...options });
  if ('environment' in options || own['environment'] === undefined) return parsed;
  const inherited = schema.safeParse({ kind, environment: own['environment'], ...options });
  return inherited.success ? inherited : parsed;
}
