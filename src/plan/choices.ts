import { z } from 'zod';
import { parseOther } from '../config/tools.ts';
import { OpsError } from '../core/errors.ts';
import type { ActionRequest } from '../core/request.ts';
import type { Configured, Target } from '../core/target.ts';
import { installers } from '../installers/index.ts';
import { launchers } from '../launchers/index.ts';

/**
 * The target with the launch tool or install method that a request asks for in place of the site's own: with the
 * options the site has for it, else with the site's own options where they fit, else with its defaults.
 * @throws OpsError config.key when there is no such tool, or it needs options that the site does not give.
 */
export function withChoices(
  target: Target,
  request: Pick<ActionRequest, 'launchTool' | 'installMethod'>,
): Target {
  const { launchTool, installMethod } = request;
  const { launcher, otherLaunchers = [], installer, otherInstallers = [] } = target;
  return {
    ...target,
    launcher: chosen(target, 'launcher', launchTool, launcher, otherLaunchers, launchers),
    installer: chosen(target, 'installer', installMethod, installer, otherInstallers, installers),
  };
}

function chosen<K extends string>(
  target: Target,
  block: string,
  kind: K | undefined,
  own: Configured<K>,
  others: readonly Configured<K>[],
  registry: Readonly<Partial<Record<K, { readonly schema: z.ZodType<Configured<K>> }>>>,
): Configured<K> {
  if (kind === undefined || kind === own.kind) return own;
  const where = `config/sites/${target.site}.yaml`;
  const schema = registry[kind]?.schema;
  if (schema === undefined) {
    throw new OpsError(
      'config.key',
      `${where}: ${block}.kind: got "${kind}", expected ${Object.keys(registry).join(' | ')}`,
    );
  }
  const given = others.find((other) => other.kind === kind);
  if (given !== undefined) return given;
  const alike = schema.safeParse({ ...own, kind });
  if (alike.success) return alike.data;
  const usual = parseOther(schema, kind, {}, own);
  if (usual.success) return usual.data;
  throw new OpsError(
    'config.key',
    `${where}: ${block}s.${kind}: missing, and ${kind} needs more than its defaults: ${z.prettifyError(usual.error)}`,
    { next: `Add ${block}s.${kind} with its options to ${where}.` },
  );
}
