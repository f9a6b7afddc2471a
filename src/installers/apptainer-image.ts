import { OpsError } from '../core/errors.ts';
import type { Target } from '../core/target.ts';
import type { Release } from './installer.ts';

/**
 * End of the name of the file beside an image that says where it came from: lines `version=`, `source=`, `built=`,
 * `digest=` and what the image states of its build. An image without it was put there by somebody else.
 */
export const MARK = '.release';

/** Where the images of a target are. */
export interface ImagePlaces {
  /** The live image: a symlink, and what the shims name. */
  readonly live: string;
  /** Beginning of every image's path. */
  readonly prefix: string;
  /** Beginning of the paths of images that are being pulled. */
  readonly unfinished: string;
  /** File that names the release that was live before. */
  readonly previous: string;
}

export function imagePlaces({ paths }: Target): ImagePlaces {
  return {
    live: `${paths.bin}/site.sif`,
    prefix: `${paths.bin}/site-`,
    unfinished: `${paths.bin}/.pulling-site-`,
    previous: `${paths.bin}/.site-previous`,
  };
}

/**
 * Image file of a release.
 * @throws OpsError('usage.argument') for a name that is not one plain path segment.
 */
export function imagePath(target: Target, release: Release): string {
  return `${imagePlaces(target).prefix}${plainName(target, release)}.sif`;
}

/** The release's image while it is being pulled and tried. */
export function unfinishedPath(target: Target, release: Release): string {
  return `${imagePlaces(target).unfinished}${plainName(target, release)}.sif`;
}

function plainName(target: Target, { name }: Release): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._+-]*$/.test(name)) return name;
  throw new OpsError(
    'usage.argument',
    `${target.id}: release "${name}": expected letters, digits and . _ + - only`,
  );
}
