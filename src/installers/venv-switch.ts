import { contained } from '../core/record.ts';
import { type Script, sh } from '../core/script.ts';
import type { Target } from '../core/target.ts';
import type { Release } from './installer.ts';
import { LEGACY, MARK_OF, PACKAGE_VERSION } from './venv-observe.ts';
import { venvOptions } from './venv-options.ts';
import { BUILDING_MARK, COMPLETE_MARK, PREVIOUS_MARK, releasePath } from './venv-release.ts';

/**
 * Makes a staged release the live one by renaming a symlink over the old one. A plain folder in its place, as earlier
 * deploy scripts left it, becomes a release of its own: its commands name the live path and so work again whenever
 * the symlink points to it.
 */
export function switchVenv(target: Target, release: Release): Script {
  const { venv, venvs } = target.paths;
  return contained(sh`live=${venv}
${folderScript(target, release)}
if [ "$dir" = "$live" ]; then did ${`${release.name} is live already`}; exit 0; fi
[ -r "$dir"/${COMPLETE_MARK} ] || fail "$dir is not complete"
old=
if [ -L "$live" ]; then
  old=$(readlink "$live")
  if [ "$old" = "$dir" ]; then did ${`${release.name} is live already`}; exit 0; fi
  case "$old" in ${venvs}/*) old=\${old##*/} ;; *) warn "the live install was a link to $old"; old= ;; esac
elif [ -d "$live" ]; then
  version=$("$live/bin/python" -c ${PACKAGE_VERSION} 2>/dev/null)
  old=legacy-$(date -u +%Y%m%dT%H%M%SZ)
  printf 'version=%s\\nsource=legacy\\nbuilt=%s\\n' "\${version:-unknown}" "$(date -u -r "$live" +%Y-%m-%dT%H:%M:%SZ)" >"$live"/${COMPLETE_MARK} || fail "$live cannot be marked"
  mv -T -- "$live" ${venvs}/"$old" || fail "$live cannot be moved aside"
  did "kept the install of earlier scripts as $old"
elif [ -e "$live" ]; then fail "$live is neither a folder nor a link"
fi
if [ -n "$old" ]; then
  note=${venvs}/${PREVIOUS_MARK}
  printf '%s\\n' "$old" >"$note.new" || fail "$note.new cannot be written"
  mv -f "$note.new" "$note" || fail "$note cannot be written"
fi
if ! { ln -s "$dir" "$live.new-$$" && mv -T -- "$live.new-$$" "$live"; }; then fail "$live cannot be switched"; fi
did ${`${release.name} is live`}`);
}

/** `dir`: the folder of a release. The install of earlier scripts is a plain folder until a release takes its place. */
function folderScript(target: Target, release: Release): Script {
  if (release.name !== LEGACY) return sh`dir=${releasePath(target, release)}`;
  const { venv, venvs } = target.paths;
  return sh`dir=${venv}
if [ -L "$dir" ] || [ ! -d "$dir" ]; then for dir in ${venvs}/${LEGACY}-*; do :; done; fi`;
}

/** Proves that a release is still there, by the command that its services run. */
export function keptVenv(target: Target, release: Release): Script {
  return contained(sh`${folderScript(target, release)}
[ -d "$dir" ] || fail ${`${release.name} is not at the site any more`}
out=$(LC_ALL=en_US.UTF-8 LANG=en_US.UTF-8 PYTHONIOENCODING=utf-8 "$dir/bin/jaws-site" --help 2>&1) || fail "jaws-site of ${release.name} does not work: $out"
did ${`${release.name} is there`}`);
}

/**
 * Removes complete releases beyond the newest ones, the live one, the one before it and those that a snapshot names, and venvs whose building was
 * broken off. What bears neither of our marks is left alone.
 */
export function pruneVenvs(target: Target): Script {
  const { venv, venvs } = target.paths;
  const { keep } = venvOptions(target);
  return contained(sh`${MARK_OF}
live=$(readlink ${venv})
previous=
{ read -r previous <${venvs}/${PREVIOUS_MARK}; } 2>/dev/null
newline='
'
wanted=$(cat ${target.paths.ops}/snapshots/*/made 2>/dev/null)
kept=$(for mark in ${venvs}/*/${COMPLETE_MARK}; do
  [ -r "$mark" ] || continue
  dir=\${mark%/*}
  mark_of built "$mark"
  printf '%s %s\\n' "$marked" "\${dir##*/}"
done | LC_ALL=C sort -r | sed -e 's/^[^ ]* //' -e ${`${keep}q`})
for dir in ${venvs}/*; do
  if [ ! -d "$dir" ] || [ -L "$dir" ]; then continue; fi
  [ -e "$dir"/${COMPLETE_MARK} ] || [ -e "$dir"/${BUILDING_MARK} ] || continue
  name=\${dir##*/}
  if [ "$dir" = "$live" ] || [ "$name" = "$previous" ]; then continue; fi
  case $name in ${LEGACY}-*) called=${LEGACY} ;; *) called=$name ;; esac
  case $newline$wanted$newline in *"\${newline}live=$called$newline"*) continue ;; esac
  if [ -e "$dir"/${COMPLETE_MARK} ]; then
    case $newline$kept$newline in *"$newline$name$newline"*) continue ;; esac
  fi
  rm -rf -- "$dir" || fail "$dir cannot be removed"
  did "removed $name"
done`);
}
