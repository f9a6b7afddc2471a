import { z } from 'zod';
import {
  type Configured,
  INSTALL_METHODS,
  type InstallMethod,
  LAUNCH_TOOLS,
  type LaunchTool,
} from '../core/target.ts';
import { installers } from '../installers/index.ts';
import { launchers } from '../launchers/index.ts';

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
