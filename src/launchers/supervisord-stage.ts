import { loadPython } from '../core/python.ts';
import { contained } from '../core/record.ts';
import { join, raw, type Script, sh } from '../core/script.ts';
import { type Target, variable } from '../core/target.ts';
import type { SupervisordFacts } from './supervisord-observe.ts';
import { supervisordOptions } from './supervisord-options.ts';
import { supervisordPaths } from './supervisord-paths.ts';
import { VENV_MARK } from './supervisord-venv.ts';

/** Prints the version of supervisor after all of it was imported, which takes a quarter of a second of CPU time. */
const WHOLE = 'import supervisor.options as o; print(o.VERSION)';

/**
 * Builds supervisord's venv when the one there is missing, broken or of another package. A venv cannot be moved, so
 * each is built under a name of its own and a symlink is switched to it; a supervisord that runs goes on from the
 * one it was started from, which is kept until the next build. One that the check has just proved need only be there still.
 */
export function stageSupervisord(
  target: Target,
  facts: Pick<SupervisordFacts, 'venv' | 'supervisorVersion'>,
): Script {
  const options = supervisordOptions(target);
  const { venv, venvPrefix, folder } = supervisordPaths(target);
  const python = variable(target, 'JAWS_PYTHON');
  const environment = Object.entries(options.environment).map(
    ([name, value]) => sh`${raw(name)}=${value}; export ${raw(name)}`,
  );
  const proof =
    facts.venv === 'ok' && facts.supervisorVersion !== undefined
      ? sh`there ${venv} && version=${facts.supervisorVersion}`
      : sh`works ${venv}`;
  return contained(
    join([
      sh`there() { [ -x "$1/bin/python" ] && [ -x "$1/bin/supervisord" ] && [ -x "$1/bin/supervisorctl" ]; }
works() { there "$1" && version=$("$1/bin/python" -c ${WHOLE} 2>&1); }
mark=
{ read -r mark <${venv}/${VENV_MARK}; } 2>/dev/null
if [ "$mark" = ${options.package} ] && ${proof}; then
  did "supervisor $version is in place"
  exit 0
fi
umask 022`,
      ...environment,
      sh`${loadPython(target)} || fail 'the load command of python failed'
mkdir -p ${folder} || fail ${`${folder} cannot be created`}
new=${venvPrefix}$(date -u +%Y%m%dT%H%M%SZ)-$$
trap 'rm -rf -- "$new"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
${python} -m venv "$new" || fail 'the venv of supervisord cannot be made'
"$new/bin/python" -m pip install --disable-pip-version-check --no-input --progress-bar off ${options.pipArgs} ${options.package} || fail ${`pip cannot install ${options.package}`}
works "$new" || fail "the new supervisord does not work: $version"
printf '%s\\n' ${options.package} >"$new/${VENV_MARK}" || fail 'the venv of supervisord cannot be marked'
old=$(readlink ${venv})
if [ -e ${venv} ] && [ ! -L ${venv} ]; then mv -T ${venv} ${venvPrefix}"before-$$" || fail ${`${venv} cannot be moved aside`}; fi
link=${venv}.new-$$
if ! { ln -s "$new" "$link" && mv -T "$link" ${venv}; }; then fail ${`${venv} cannot be switched`}; fi
trap - EXIT
for other in ${venvPrefix}[0-9]*; do
  [ "$other" = "$new" ] || [ "$other" = "$old" ] || [ ! -d "$other" ] || rm -rf -- "$other"
done
did "supervisor $version is installed"`,
    ]),
  );
}
