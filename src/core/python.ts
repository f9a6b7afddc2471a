import { raw, type Script, sh } from './script.ts';
import { reveal } from './secret.ts';
import { type Target, variable } from './target.ts';

/**
 * Makes the site's Python available in the current shell with its load command, e.g. `module load python/3.11`.
 * The command comes from the site's configuration and is evaluated as it is; empty means nothing to load. Needs a
 * login shell where it is a `module` command.
 */
export function loadPython(target: Target, redirect = ''): Script {
  const command = variable(target, 'JAWS_LOAD_PYTHON');
  return reveal(command).trim() === '' ? raw(':') : sh`eval ${command}${raw(redirect)}`;
}

/**
 * Records `load` (exit code and message of the load command), `python` (version), `pythonPath` and `venvModule`
 * (`ok` or why a venv cannot be made). To be used inside a recorded script; changes the environment of that only.
 */
export function recordPython(target: Target): Script {
  const python = variable(target, 'JAWS_PYTHON');
  return sh`code=0; ${loadPython(target, ' >/dev/null 2>&1')} || code=$?
if [ "$code" -ne 0 ]; then out=$(${loadPython(target)} 2>&1); show load "$code" "$out"; fi
if out=$(${python} -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>&1); then
  put python "$out"
  put pythonPath "$(command -v ${python})"
  if out=$(${python} -c 'import ensurepip, venv' 2>&1); then put venvModule ok; else put venvModule "$(printf '%s\n' "$out" | tail -n 1)"; fi
fi`;
}
