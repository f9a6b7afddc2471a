import { loadPython } from '../core/python.ts';
import { contained } from '../core/record.ts';
import { join, raw, type Script, sh } from '../core/script.ts';
import { type Target, variable } from '../core/target.ts';
import type { Release } from './installer.ts';
import { PACKAGE_VERSION } from './venv-observe.ts';
import { venvOptions } from './venv-options.ts';
import { BUILDING_MARK, COMPLETE_MARK, releasePath, requirementOf } from './venv-release.ts';

/** Exits 0 when two versions, its arguments, are the same by the rules of Python packages (`2.5-rc1` = `2.5rc1`). */
const SAME_VERSION = `import sys
def norm(text):
    try:
        from pip._vendor.packaging.version import Version
        return Version(text)
    except Exception:
        return text
sys.exit(norm(sys.argv[1]) != norm(sys.argv[2]))`;

/**
 * Builds the release's venv beside the live one and proves it: the command answers, and the package is of the version
 * asked for where that is a number. A complete one is reused; one that was left half-built is removed first.
 */
export function stageVenv(target: Target, release: Release): Script {
  const options = venvOptions(target);
  const dir = releasePath(target, release);
  const requirement = requirementOf(target, release);
  const python = variable(target, 'JAWS_PYTHON');
  const environment = Object.entries(options.environment).map(
    ([name, value]) => sh`${raw(name)}=${value}; export ${raw(name)}`,
  );
  return contained(
    join([
      sh`dir=${dir}
if [ -r "$dir"/${COMPLETE_MARK} ]; then did ${`${release.name} is built already`}; exit 0; fi
umask 022`,
      presentScript(target, requirement),
      ...environment,
      sh`${loadPython(target)} || fail 'the load command of python failed'
if [ -e "$dir" ] || [ -L "$dir" ]; then rm -rf -- "$dir" || fail "$dir is left half-built and cannot be removed"; fi
mkdir -p "$dir" || fail "$dir cannot be created"
: >"$dir"/${BUILDING_MARK} || fail "$dir cannot be written to"
trap '[ -e "$dir"/${raw(COMPLETE_MARK)} ] || rm -rf -- "$dir"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
${python} -m venv "$dir" || fail 'the venv cannot be made'
"$dir/bin/python" -m pip install --disable-pip-version-check --no-input --progress-bar off ${options.pipArgs} ${requirement} || fail ${`pip cannot install ${requirement}`}`,
      proofScript(release),
      markScript(target, release, requirement),
    ]),
  );
}

/** A missing file is told at once; what pip says of it comes after the venv was made. */
function presentScript(target: Target, requirement: string): Script {
  return 'git' in venvOptions(target).source
    ? raw(':')
    : sh`[ -r ${requirement} ] || fail ${`${requirement} is not there`}`;
}

/** With the locale of the service's shim: the command line of JAWS does not work in another. */
function proofScript(release: Release): Script {
  const compare = /^\d/.test(release.version)
    ? sh`if [ -n "$version" ] && ! "$dir/bin/python" -c ${SAME_VERSION} "$version" ${release.version}; then
  fail "the package is of version $version, expected "${release.version}
fi`
    : raw(':');
  return sh`out=$(LC_ALL=en_US.UTF-8 LANG=en_US.UTF-8 PYTHONIOENCODING=utf-8 "$dir/bin/jaws-site" --help 2>&1) || fail "jaws-site --help does not work: $out"
version=$("$dir/bin/python" -c ${PACKAGE_VERSION}) || fail 'the version of the package cannot be read'
${compare}`;
}

function markScript(target: Target, release: Release, requirement: string): Script {
  const { source } = venvOptions(target);
  const digest =
    'wheel' in source
      ? sh`printf 'digest=sha256:%s\\n' "$(sha256sum <${requirement} | cut -d ' ' -f 1)"`
      : raw(':');
  return sh`[ -n "$version" ] || version=${release.version}
mark=$dir/${COMPLETE_MARK}
{
  printf 'version=%s\\n' "$version"
  printf 'source=%s\\n' ${requirement}
  printf 'built=%s\\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
  ${digest}
} >"$mark.new" || fail "$mark.new cannot be written"
mv -f "$mark.new" "$mark" || fail 'the release cannot be marked as complete'
did ${`built ${release.name}: jaws-site `}"$version"`;
}
