import { raw, type Script, sh } from './script.ts';

/** A reference to a variable of the site's environment at the beginning of a path: `$CFS/x`, `${HOME}/x`. */
const REFERENCE = /^\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))(\/.*)?$/;

/** Whether a path begins with a variable of the site's environment. */
export function isReference(path: string): boolean {
  return REFERENCE.test(path);
}

/**
 * A path of the configuration as one shell word. What it begins with, such as `$CFS`, is left to the site, which
 * ends the script where it is not set; everything else is literal.
 */
export function sitePath(path: string): Script {
  const [, braced, plain, rest = ''] = REFERENCE.exec(path) ?? [];
  const name = braced ?? plain;
  if (name === undefined) return path.startsWith('~/') ? sh`"$HOME"/${path.slice(2)}` : sh`${path}`;
  const head = raw(`"\${${name}:?is not set at this site}"`);
  return rest === '' ? head : sh`${head}${rest}`;
}
