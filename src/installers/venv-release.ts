import { OpsError } from '../core/errors.ts';
import type { Target } from '../core/target.ts';
import type { Release } from './installer.ts';
import { type VenvSource, venvOptions } from './venv-options.ts';

/** File in a venv that says it is complete: lines `version=`, `source=`, `built=`, and `digest=` of a wheel. */
export const COMPLETE_MARK = '.jaws-release';

/** File in a venv from the moment its building began: what lacks the other mark may be removed by us. */
export const BUILDING_MARK = '.jaws-building';

/** File in the folder of releases that names the one that was live before. */
export const PREVIOUS_MARK = '.previous';

/**
 * Folder of a release, below `paths.venvs`. A venv cannot be moved, so it is built where it will stay.
 * @throws OpsError('usage.argument') for a name that is not one plain path segment.
 */
export function releasePath(target: Target, release: Release): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._+-]*$/.test(release.name)) {
    throw new OpsError(
      'usage.argument',
      `${target.id}: release "${release.name}": expected letters, digits and . _ + - only`,
    );
  }
  return `${target.paths.venvs}/${release.name}`;
}

/** What pip is asked to install, e.g. `/opt/wheels/jaws_site-2.5.4-py3-none-any.whl` or `git+https://…@v2.5.4`. */
export function requirementOf(target: Target, release: Release): string {
  const { source } = venvOptions(target);
  if ('wheel' in source) return atVersion(source.wheel, release.version);
  if ('directory' in source) return atVersion(source.directory, release.version);
  return `git+${source.git}@${atVersion(source.ref, release.version)}`;
}

const PLACE = '{version}';

export function atVersion(template: string, version: string): string {
  return template.replaceAll(PLACE, version);
}

/** The fixed pieces of a template, to make a shell pattern of. */
export function piecesOf(template: string): readonly string[] {
  return template.split(PLACE);
}

/** The template in which a source carries its version, or undefined when it has no place for one. */
export function versionedTemplate(source: VenvSource): string | undefined {
  const template = 'wheel' in source ? source.wheel : 'directory' in source ? source.directory : source.ref;
  return template.includes(PLACE) ? template : undefined;
}

/** Versions that occur in names made after a template, oldest first. */
export function versionsIn(template: string, names: readonly string[]): readonly string[] {
  const [first, ...rest] = piecesOf(template).map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const [second, ...others] = rest;
  if (first === undefined || second === undefined) return [];
  const pattern = new RegExp(`^${first}(.+?)${[second, ...others].join('\\1')}$`);
  const found = new Set(names.flatMap((name) => pattern.exec(name)?.[1] ?? []));
  return [...found].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}
