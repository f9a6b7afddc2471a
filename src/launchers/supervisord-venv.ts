import { recordPython } from '../core/python.ts';
import { type Script, sh } from '../core/script.ts';
import type { Target } from '../core/target.ts';
import { supervisordOptions } from './supervisord-options.ts';
import { supervisordPaths } from './supervisord-paths.ts';

/** File in supervisord's venv that names the package it was built from. */
export const VENV_MARK = '.jaws-supervisor';

/**
 * Records the state of supervisord's venv, and what python can do when it must be built. Importing all of supervisor
 * takes as long as the rest of the look together, so that is done only where supervisorctl has not just shown that
 * it works.
 */
export function venvScript(target: Target): Script {
  const { venv } = supervisordPaths(target);
  return sh`version_of() {
  packages=$("$1/bin/python" -S -c ${PACKAGES} 2>/dev/null) || return 1
  version=
  { read -r version <"$1/lib/$packages/supervisor/version.txt"; } 2>/dev/null
  [ -n "$version" ] || version=$("$1/bin/python" -c ${SUPERVISOR_VERSION} 2>/dev/null)
}
whole=
case "$code" in 0 | 3) ;; *) whole='import supervisor.options' ;; esac
built=no
if [ ! -x ${venv}/bin/python ]; then put venv missing
elif version_of ${venv} && { [ -z "$whole" ] || ${venv}/bin/python -c "$whole" 2>/dev/null; }; then
  put supervisorVersion "$version"
  mark=
  { read -r mark <${venv}/${VENV_MARK}; } 2>/dev/null
  if [ "$mark" = ${supervisordOptions(target).package} ]; then put venv ok; built=yes; else put venv other; fi
else put venv broken
fi
if [ "$built" = no ]; then
${recordPython(target)}
fi`;
}

/** Prints where below `lib` of a venv the packages of its Python lie; with `-S` that starts in half the time. */
const PACKAGES = 'import sys; print("python%d.%d/site-packages" % sys.version_info[:2])';

/** Prints the version of supervisor, which it keeps in a file of its package, wherever that was found. */
const SUPERVISOR_VERSION = `import os, supervisor
print(open(os.path.join(os.path.dirname(supervisor.__file__), 'version.txt')).read().strip())`;
