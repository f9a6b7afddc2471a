import { OpsError } from '../core/errors.ts';
import { type RenderedFile, stagedName } from '../core/file.ts';
import { telling } from '../core/record.ts';
import { join, raw, type Script, sh } from '../core/script.ts';
import type { Target } from '../core/target.ts';
import type { Installed } from '../installers/installer.ts';
import { besideName } from './beside.ts';
import { catalogueLines } from './catalogue.ts';
import { madeLines, snapshotPath } from './snapshots.ts';

/**
 * Moves staged files into place, one by one with rename, after a snapshot of what they replace. Other teams keep
 * files in the same folders, so a folder is never swapped as a whole. Files of ours that are no longer generated
 * are removed, and the digests of what was written are kept so that the next check can tell drift, with the services
 * that they are of.
 * @param before what is live until then, for a rollback
 */
export function writeScript(
  target: Target,
  files: readonly RenderedFile[],
  release: string,
  before: Installed = {},
): Script {
  const { ops } = target.paths;
  const script = join([
    sh`ops=${ops}\nsnapshot=${snapshotPath(target, release)}\nbeside=${besideName(target)}`,
    sh`made() { printf '%s\\n' ${madeLines(target, before)}; }`,
    raw(FUNCTIONS),
    raw('begin'),
    ...files.map((file) => sh`at ${inHome(file.path)}; paths=$paths$real$newline`),
    raw('retire'),
    raw('snapshot_all'),
    sh`compare ${files.map((file) => stagedName(file.path))}`,
    ...files.map(
      (file) => sh`put ${stagedName(file.path)} ${inHome(file.path)} ${modeOf(file)} ${file.group ?? ''}`,
    ),
    sh`place ${[...new Set(files.map(modeOf))]}`,
    raw('forget'),
    sh`services() { printf '%s\\n' ${catalogueLines(target.services)}; }`,
    raw('digest\ndid "$changed of $all files changed"'),
  ]);
  return telling(script);
}

/** Proves that every staged file arrived whole, and that every shell file parses, before anything is stopped. */
export function stagedScript(files: readonly RenderedFile[]): Script {
  const script = join(
    [
      raw(`# A copy of this bash that reads on without carrying anything out: starting one takes longer than all else. What is wrong
# is told by a bash of its own, which is also for a shell that is none.
parses() {
  # shellcheck disable=SC3034
  if [ -n "\${BASH_VERSION-}" ] && (eval "set -n
$(<"$1")") 2>/dev/null; then return 0; fi
  LC_ALL=C bash -n "$1"
}
for staged in`),
      sh` ${files.map((file) => stagedName(file.path))}`,
      raw(`; do
  [ -f "$JAWS_OPS_STAGING/$staged" ] || fail 'a generated file did not arrive'
  first=
  IFS= read -r first <"$JAWS_OPS_STAGING/$staged" || :
  case "$first" in
    '#!/bin/bash'*) parses "$JAWS_OPS_STAGING/$staged" || exit 1 ;;
    '#!/bin/sh'*) LC_ALL=C sh -n "$JAWS_OPS_STAGING/$staged" || exit 1 ;;
  esac
done`),
    ],
    '',
  );
  return telling(script);
}

function modeOf({ mode }: RenderedFile): string {
  return mode.toString(8).padStart(4, '0');
}

/** `~/x` as the marker that {@link FUNCTIONS} expand at the site; a path that would break the list is refused. */
function inHome(path: string): string {
  if (/[\n\r\0]|\s$/.test(path) || !(path.startsWith('/') || path.startsWith('~/'))) {
    throw new OpsError(
      'render.value',
      `generated file ${JSON.stringify(path)}: expected an absolute path or ~/…, without a space at its end`,
    );
  }
  return path;
}

/** Releases whose replaced files are kept. */
const KEPT_SNAPSHOTS = 5;

const FUNCTIONS = `set -euf
umask 077
newline='
'
# Lists are texts of lines, each of which ends with a newline: a shell reads a file byte by byte.
IFS=$newline
changed=0
all=0
# Each path once, as it is at the site, behind a newline. A command of its own for each file and question would be hundreds.
paths=$newline
at() { case "$1" in [~]/*) real=$HOME/\${1#??} ;; *) real=$1 ;; esac; }
# Of what is to be written the mode, the staged folder, the group or \`-\`, and the path.
fresh=
# The folders it goes to. It lies in one of ours inside each before it takes its place.
folders=
# The folders of every file: nothing of ours stays beside one, be it from a step that was broken off.
every=
begin() {
  trap 'set --
    for folder in $every; do [ ! -e "$folder/$beside" ] || set -- "$@" "$folder/$beside"; done
    [ "$#" -eq 0 ] || rm -rf -- "$@" || :' EXIT
}
# Files that an earlier deploy wrote and this one does not generate any more.
retired=
retire() {
  [ -r "$ops/files.sha256" ] || return 0
  while IFS=' ' read -r _ old; do
    case $paths in *"$newline$old$newline"*) continue ;; esac
    [ -e "$old" ] || continue
    retired=$retired$old$newline
    every=$every\${old%/*}$newline
  done <"$ops/files.sha256"
}
snapshot_all() {
  [ ! -f "$snapshot/complete" ] || return 0
  mkdir -p "$snapshot"
  present=
  absent=
  for path in $paths; do
    if [ -e "$path" ]; then present=$present$path$newline; else absent=$absent$path$newline; fi
  done
  present=$present$retired
  printf '%s' "$present" >"$snapshot/present"
  printf '%s' "$absent" >"$snapshot/absent"
  tar -cPf "$snapshot/files.tar" -T "$snapshot/present"
  set --
  for name in services files.sha256; do [ ! -r "$ops/$name" ] || set -- "$@" "$ops/$name"; done
  [ "$#" -eq 0 ] || cp -p -- "$@" "$snapshot/"
  if [ -z "$present" ]; then : >"$snapshot/groups"; else stat -c '%g %n' -- $present >"$snapshot/groups"; fi
  made >"$snapshot/made"
  : >"$snapshot/complete"
}
# Digests of what is staged and of what is there, and the modes of that. Each as a line, so that one can be found whole.
compare() {
  wanted=$newline$(cd "$JAWS_OPS_STAGING" && sha256sum -- "$@")$newline
  found=
  modes=
  set --
  for path in $paths; do [ ! -f "$path" ] || set -- "$@" "$path"; done
  [ "$#" -gt 0 ] || return 0
  found=$newline$(sha256sum -- "$@" 2>/dev/null || :)$newline
  modes=$newline$(stat --printf '%n\\n%a\\n' -- "$@" 2>/dev/null || :)$newline
}
same() {
  case $wanted in *"  $1$newline"*) ;; *) return 1 ;; esac
  sum=\${wanted%%"  $1$newline"*}
  case $found in *"$newline\${sum##*"$newline"}  $2$newline"*) ;; *) return 1 ;; esac
  case $modes in *"$newline$2$newline\${3#0}$newline"*) ;; *) return 1 ;; esac
}
put() {
  at "$2"
  path=$real
  all=$((all + 1))
  case $newline$every in *"$newline\${path%/*}$newline"*) ;; *) every=$every\${path%/*}$newline ;; esac
  if same "$1" "$path" "$3"; then return 0; fi
  [ ! -d "$path" ] || fail "$path is a folder, expected a file or nothing"
  changed=$((changed + 1))
  fresh="$fresh$3 \${1%%/*} \${4:--} $path$newline"
  case $newline$folders in *"$newline\${path%/*}$newline"*) ;; *) folders=$folders\${path%/*}$newline ;; esac
}
# What a line of $fresh says, and where its file lies until it takes its place.
read_line() {
  path=\${1#* * * }
  wanted=\${1%% *}
  line=\${1#* }
  staged=$JAWS_OPS_STAGING/\${line%% *}/\${path##*/}
  line=\${line#* }
  group=\${line%% *}
  new=\${path%/*}/$beside/\${path##*/}
}
# Beside their places first: a full disk is met before anything is replaced. Arguments: every mode that there is.
place() {
  [ -n "$fresh" ] || return 0
  all_modes="$*"
  set --
  for folder in $folders; do set -- "$@" "$folder/$beside"; done
  mkdir -p -- "$@"
  for folder in $folders; do
    set --
    for line in $fresh; do
      read_line "$line"
      [ "\${path%/*}" != "$folder" ] || set -- "$@" "$staged"
    done
    cp -- "$@" "$folder/$beside/"
  done
  for mode in $all_modes; do
    set --
    for line in $fresh; do
      read_line "$line"
      [ "$wanted" = "$mode" ] || continue
      [ "$group" = - ] || chgrp "$group" "$new"
      set -- "$@" "$new"
    done
    [ "$#" -eq 0 ] || chmod "$mode" -- "$@"
  done
  for folder in $folders; do
    set --
    for line in $fresh; do
      read_line "$line"
      [ "\${path%/*}" != "$folder" ] || set -- "$@" "$new"
    done
    mv -f -- "$@" "$folder/"
    for new; do echo "wrote $folder/\${new##*/}"; done
  done
}
# Older snapshots than those that a rollback may ask for; their names are release names of ours.
forget() {
  ls -1t -- "$ops/snapshots" | tail -n +${KEPT_SNAPSHOTS + 1} |
    while read -r old; do rm -rf "\${ops:?}/snapshots/$old"; done
}
digest() {
  for path in $retired; do
    rm -f "$path"
    echo "removed $path, which is no longer generated"
  done
  services >"$ops/services.new"
  mv -f "$ops/services.new" "$ops/services"
  sha256sum -- $paths >"$ops/files.sha256.new"
  mv -f "$ops/files.sha256.new" "$ops/files.sha256"
}`;
