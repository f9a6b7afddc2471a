import { z } from 'zod';
import { OpsError } from '../core/errors.ts';
import type { ActionRequest } from '../core/request.ts';
import type { Configured, Target } from '../core/target.ts';
import { installers } from '../installers/index.ts';
import { launchers } from '../launchers/index.ts';

/**
 * The target with the launch tool or install method that a request asks for in place of the site's own, each with
 * its default options.
 * @throws OpsError config.key when there is no such tool, or its defaults do not suffice at this site.
 */
export function withChoices(
  target: Target,
  request: Pick<ActionRequest, 'launchTool' | 'installMethod'>,
): Target {
  const { launchTool, installMethod } = request;
  return {
    ...target,
    launcher: chosen(target, 'launcher', launchTool, target.launcher, launchers),
    installer: chosen(target, 'installer', installMethod, target.installer, installers),
  };
}

function chosen<K extends string>(
  target: Target,
  block: string,
  kind: K | undefined,
  own: Configured<K>,
  registry: Readonly<Partial<Record<K, { readonly schema: z.ZodType<Configured<K>> }>>>,
): Configured<K> {
  if (kind === undefined || kind === own.kind) return own;
  const where = `config/sites/${target.site}.yaml: ${block}`;
  const parsed = registry[kind]?.schema.safeParse({ kind });
  if (parsed === undefined) {
    throw new OpsError(
      'config.key',
      `${where}.kind: got "${kind}", expected ${Object.keys(registry).join(' | ')}`,
    );
  }
  if (parsed.success) return parsed.data;
  throw new OpsError(
    'config.key',
    `${where}: ${kind} needs more than its defaults: ${z.prettifyError(parsed.error)}`,
  );
}
