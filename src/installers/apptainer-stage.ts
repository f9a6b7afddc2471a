import { stagedName } from '../core/file.ts';
import { contained } from '../core/record.ts';
import { join, raw, type Script, sh } from '../core/script.ts';
import { sitePath } from '../core/site-path.ts';
import type { Target } from '../core/target.ts';
import { imagePath, MARK, unfinishedPath } from './apptainer-image.ts';
import { loginPath } from './apptainer-login.ts';
import { apptainerOptions, imageOf, programOf } from './apptainer-options.ts';
import type { Release } from './installer.ts';

const PROXIES = 'http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY';
/** Seconds of the second try, which only tells whether the proxy is to blame. */
const SECOND_TRY_SEC = 300;

/**
 * Pulls the release's image beside the live one and proves it: the command inside answers. The login lives in a
 * folder of its own, so that it neither uses nor leaves credentials in the account; it is logged out in every case.
 * A complete image is reused. Digest and build of the image are recorded in a file beside it.
 */
export function stageApptainer(target: Target, release: Release): Script {
  const image = imagePath(target, release);
  const environment = Object.entries(apptainerOptions(target).environment).map(
    ([name, value]) => sh`${raw(name)}=${value}; export ${raw(name)}`,
  );
  return contained(
    join([
      sh`image=${image}
new=${unfinishedPath(target, release)}
program=${sitePath(programOf(target))} || exit 1
login=$JAWS_OPS_STAGING/${stagedName(loginPath(target))}
account=$JAWS_OPS_STAGING/apptainer
registry_user=
registry_password=
# shellcheck source=/dev/null
if [ -r "$login" ]; then . "$login"; fi
rm -f -- "$login"
if [ -r "$image" ] && [ -r "$image"${MARK} ]; then did ${`${release.name} is pulled already`}; exit 0; fi
umask 022`,
      fetchScript(target, release),
      sh`tidy() {
  [ ! -d "$account" ] || log_out
  rm -f -- "$new"
}
trap tidy EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
[ -x "$program" ] || fail "$program is not there or not executable"
mkdir -p ${target.paths.bin} || fail ${`${target.paths.bin} cannot be created`}`,
      ...environment,
      raw(`APPTAINER_CONFIGDIR=$account
APPTAINER_CACHEDIR=\${APPTAINER_CACHEDIR:-$HOME/.apptainer/cache}
export APPTAINER_CONFIGDIR APPTAINER_CACHEDIR`),
      failureScript(release),
      proofScript(),
      markScript(release),
    ]),
  );
}

/** Logged out at once, whatever became of the pull. `what` names the part that failed. */
function fetchScript(target: Target, release: Release): Script {
  const { uri, registry } = imageOf(target, release.version);
  return sh`uri=${uri}
limit=
# Credentials of an Apptainer that keeps them elsewhere go with the logout, all others with their folder.
log_out() {
  [ -z "$registry_user" ] || "$program" remote logout ${registry} || warn ${`the logout from ${registry} failed`}
  rm -rf -- "$account"
}
fetch() {
  (umask 077 && mkdir -p "$account") || { what="making $account"; return 1; }
  what='the login'
  if [ -n "$registry_user" ]; then
    printf '%s' "$registry_password" | $limit "$program" remote login --username "$registry_user" --password-stdin ${registry} || { rm -rf -- "$account"; return 1; }
  fi
  what='the pull'
  $limit "$program" pull --force "$new" "$uri"
  pulled=$?
  log_out
  return "$pulled"
}`;
}

/** The second try only tells who is to blame: an image that came another way than configured is not used. */
function failureScript(release: Release): Script {
  return sh`if ! fetch; then
  failed=$what
  proxy=\${HTTPS_PROXY:-\${https_proxy:-\${ALL_PROXY:-\${all_proxy:-\${HTTP_PROXY:-\${http_proxy:-}}}}}}
  [ -n "$proxy" ] || fail "$failed of $uri failed; no proxy is set"
  echo "$failed failed; trying once more without the proxy $proxy, only to tell which way works"
  if (unset ${raw(PROXIES)}; limit=${`timeout ${SECOND_TRY_SEC}`}; fetch); then
    fail "$failed of $uri failed through the proxy $proxy, but works without it: correct installer.environment"
  fi
  fail "$failed of $uri failed, through the proxy $proxy and without it"
fi
[ -s "$new" ] || fail ${`the pull of ${release.version} left no image`}`;
}

function proofScript(): Script {
  return raw(`out=$("$program" run --cleanenv --no-home "$new" --help 2>&1) || fail "jaws-site --help does not work in the image: $(printf '%s\\n' "$out" | tail -n 3)"
build=$("$program" exec --cleanenv --no-home "$new" cat /usr/app/image_version.yml 2>/dev/null) || build=`);
}

/** What the image states of its build, one `build.NAME=` line for each plain `name: value` of its file. */
function markScript(release: Release): Script {
  return sh`digest=$(sha256sum <"$new" | cut -d ' ' -f 1)
mark=$image${MARK}
{
  printf 'version=%s\\n' ${release.version}
  printf 'source=%s\\n' "$uri"
  printf 'built=%s\\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
  printf 'digest=sha256:%s\\n' "$digest"
  printf '%s\\n' "$build" | sed -n 's/^\\([A-Za-z_]\\{1,40\\}\\): *\\(.\\{1,200\\}\\)$/build.\\1=\\2/p' | head -n 20
} >"$mark.new" || fail "$mark.new cannot be written"
mv -f -- "$mark.new" "$mark" || fail "$mark cannot be written"
mv -f -- "$new" "$image" || fail "$image cannot be written"
commit=$(sed -n 's/^build.commit_hash=//p' "$mark")
did ${`pulled ${release.name}: sha256:`}"$digest\${commit:+, commit $commit}"`;
}
