import { OpsError } from '../core/errors.ts';
import type { FileSpec, RenderedFile } from '../core/file.ts';
import type { Target } from '../core/target.ts';
import { installerOf } from '../installers/index.ts';
import type { Release } from '../installers/installer.ts';
import { launcherOf } from '../launchers/index.ts';
import { renderFiles } from './render.ts';
import { siteFiles } from './site-files.ts';

/**
 * Every generated file of a target: those of the site, of its launch tool and of its install method, in this order.
 * @throws OpsError render.* when a file cannot be rendered, when two have the same path, when there is none and when
 *   there is no service that they could be for.
 */
export function renderTarget(target: Target, release: Release): readonly RenderedFile[] {
  if (target.services.length === 0) {
    throw new OpsError('render.template', `${target.id}: no service is configured, expected at least one`);
  }
  const files = renderFiles(
    distinct([
      ...siteFiles(target),
      ...launcherOf(target).files(target),
      ...installerOf(target).files(target, release),
    ]),
  );
  if (files.length === 0) throw new OpsError('render.template', `${target.id}: no file would be written`);
  return files;
}

/**
 * @throws OpsError('render.template') naming both templates when they have the same path.
 */
export function distinct(specs: readonly FileSpec[]): readonly FileSpec[] {
  const seen = new Map<string, string>();
  for (const { path, template } of specs) {
    const other = seen.get(path);
    if (other !== undefined) {
      throw new OpsError(
        'render.template',
        `${path}: written by both templates/${other}.hbs and templates/${template}.hbs`,
      );
    }
    seen.set(path, template);
  }
  return specs;
}
