import { contained } from '../core/record.ts';
import { type Script, sh } from '../core/script.ts';
import { sitePath } from '../core/site-path.ts';
import type { Target } from '../core/target.ts';
import { imagePath, imagePlaces, MARK } from './apptainer-image.ts';
import { apptainerOptions, programOf } from './apptainer-options.ts';
import type { Release } from './installer.ts';

/** Makes a pulled image the live one by renaming a symlink over the old one; the shims name the link. */
export function switchApptainer(target: Target, release: Release): Script {
  const { live, prefix, previous } = imagePlaces(target);
  return contained(sh`image=${imagePath(target, release)}
live=${live}
if ! { [ -r "$image" ] && [ -r "$image"${MARK} ]; }; then fail "$image is not complete"; fi
old=
if [ -L "$live" ]; then
  old=$(readlink "$live")
  if [ "$old" = "$image" ]; then did ${`${release.name} is live already`}; exit 0; fi
  case "$old" in
    ${prefix}*.sif) old=\${old#${prefix}}; old=\${old%.sif} ;;
    *) warn "the live image was a link to $old"; old= ;;
  esac
elif [ -e "$live" ]; then fail "$live is not a link"
fi
if [ -n "$old" ]; then
  note=${previous}
  printf '%s\\n' "$old" >"$note.new" || fail "$note.new cannot be written"
  mv -f -- "$note.new" "$note" || fail "$note cannot be written"
fi
if ! { ln -s "$image" "$live.new-$$" && mv -T -- "$live.new-$$" "$live"; }; then fail "$live cannot be switched"; fi
did ${`${release.name} is live`}`);
}

/** Proves that the image of a release is still there, by the command that its services run. */
export function keptApptainer(target: Target, release: Release): Script {
  return contained(sh`program=${sitePath(programOf(target))} || exit 1
image=${imagePath(target, release)}
if ! { [ -r "$image" ] && [ -r "$image"${MARK} ]; }; then fail ${`${release.name} is not at the site any more`}; fi
out=$("$program" run --cleanenv --no-home "$image" --help 2>&1) || fail "jaws-site --help does not work in the image: $(printf '%s\\n' "$out" | tail -n 3)"
did ${`${release.name} is there`}`);
}

/**
 * Removes images beyond the newest ones, the live one, the one before it and those that a snapshot names, and what is left of pulls that were
 * broken off. Images without our mark are left alone.
 */
export function pruneApptainer(target: Target): Script {
  const { live, prefix, previous, unfinished } = imagePlaces(target);
  const { keep } = apptainerOptions(target);
  return contained(sh`live=$(readlink ${live})
previous=
{ read -r previous <${previous}; } 2>/dev/null
newline='
'
wanted=$(cat ${target.paths.ops}/snapshots/*/made 2>/dev/null)
kept=$(for mark in ${prefix}*.sif${MARK}; do
  image=\${mark%${MARK}}
  if [ -r "$mark" ] && [ -r "$image" ]; then printf '%s %s\\n' "$(sed -n 's/^built=//p' "$mark")" "$image"; fi
done | LC_ALL=C sort -r | sed -e 's/^[^ ]* //' -e ${`${keep}q`})
for mark in ${prefix}*.sif${MARK}; do
  [ -r "$mark" ] || continue
  image=\${mark%${MARK}}
  if [ "$image" = "$live" ] || [ "$image" = ${prefix}"$previous".sif ]; then continue; fi
  name=\${image#${prefix}}
  case $newline$wanted$newline in *"\${newline}live=\${name%.sif}$newline"*) continue ;; esac
  case $newline$kept$newline in *"$newline$image$newline"*) continue ;; esac
  rm -f -- "$image" "$mark" || fail "$image cannot be removed"
  did "removed \${image##*/}"
done
rm -rf -- ${unfinished}*`);
}
