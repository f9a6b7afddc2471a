import { sha256 } from '../core/file.ts';
import type { Target } from '../core/target.ts';

/**
 * The folder inside each folder of ours in which files lie before they take their places, in the same file system.
 * Always the same for a target, so that a later step finds what an earlier one has left; and no other target's, as
 * those of one account share the folder of its units.
 */
export function besideName({ paths }: Target): string {
  return `.jaws-ops-new-${sha256(paths.ops).slice(0, 12)}`;
}
