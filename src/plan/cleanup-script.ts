import { join, type Script, sh } from '../core/script.ts';
import type { CleanupPlace } from '../core/upkeep.ts';

/** Result lines of {@link measureScript}, per folder: `inputs` or `executions`. */
export const CLEANUP_FOLDERS = ['inputs', 'executions'] as const;
export type CleanupFolder = (typeof CLEANUP_FOLDERS)[number];

/**
 * Walks one run folder after another and acts on those in which nothing was changed lately: the times of a folder say
 * nothing of what is written further below. What cannot be read counts as young. Called by find with the age, an
 * action (`count` or `remove`) and the folders.
 */
const RUN_FOLDERS = `days=$1; action=$2; shift 2
for folder; do
  if [ -n "$(find "$folder" -xdev ! -mtime "+$days" -print -quit 2>&1)" ]; then printf 'spared\\n'; continue; fi
  if [ "$action" = remove ]; then rm -rf --one-file-system -- "$folder"
  else
    find "$folder" -xdev ! -type d -printf 'file %s\\n'
    printf 'entry %s\\n' "$(printf %s "$folder" | tr '\\n' '?')"
  fi
done`;

/**
 * `root_problem PATH`: prints why nothing may be removed from a folder, or nothing. `stale NAME PATH DAYS`: prints
 * `entry`, `file BYTES` and `spared` lines of what is old enough. `purge NAME PATH DAYS`: removes just that. Symbolic
 * links are never followed: find does not, rm does not, and a folder that is one is refused.
 */
const FUNCTIONS = sh`runs=${RUN_FOLDERS}
root_problem() {
  if [ -L "$1" ]; then printf '%s is a symbolic link, which is not followed\\n' "$1"
  elif [ ! -d "$1" ]; then printf '%s is missing\\n' "$1"
  elif [ ! -r "$1" ] || [ ! -x "$1" ]; then printf '%s cannot be read\\n' "$1"
  fi
}
stale() {
  case $1 in
    inputs) find "$2" -xdev -mindepth 2 ! -type d -mtime "+$3" -printf 'file %s\\nentry -\\n' ;;
    executions) find "$2" -xdev -mindepth 2 -maxdepth 2 -type d -mtime "+$3" -exec sh -c "$runs" sh "$3" count {} + ;;
  esac
}
sample() {
  case $1 in
    inputs) find "$2" -xdev -mindepth 2 ! -type d -mtime "+$3" -print0 | tr '\\n\\000' '?\\n' ;;
    executions) stale "$@" | sed -n 's/^entry //p' ;;
  esac | head -n 10
}
purge() {
  case $1 in
    inputs)
      find "$2" -xdev -mindepth 2 -depth -type d -empty -mtime "+$3" -exec rmdir -- {} +
      find "$2" -xdev -mindepth 2 ! -type d -mtime "+$3" -exec rm -f -- {} + ;;
    executions) find "$2" -xdev -mindepth 2 -maxdepth 2 -type d -mtime "+$3" -exec sh -c "$runs" sh "$3" remove {} + ;;
  esac
}
summary() {
  awk '
    $1 == "file" { files++; bytes += $2 }
    $1 == "entry" { entries++ }
    $1 == "spared" { spared++ }
    END { printf "%d %d %.0f %d\\n", entries, files, bytes, spared }'
}`;

/** Records `<folder>.problem` or `<folder>.sum` (entries, files, bytes, spared) and the first entries; removes nothing. */
export function measureScript(place: CleanupPlace, days: number): Script {
  return join([
    FUNCTIONS,
    ...CLEANUP_FOLDERS.map(
      (folder) => sh`problem=$(root_problem ${place[folder]})
if [ -n "$problem" ]; then put ${`${folder}.problem`} "$problem"
else
  found=$(stale ${folder} ${place[folder]} ${days} 2>/dev/null)
  put ${`${folder}.sum`} "$(printf '%s\\n' "$found" | summary)"
  sample ${folder} ${place[folder]} ${days} 2>/dev/null | while read -r entry; do put ${`${folder}.entry`} "$entry"; done
fi`,
    ),
  ]);
}

/** Removes what {@link measureScript} counts; nothing at all when one of the folders is not as it must be. */
export function purgeScript(place: CleanupPlace, days: number): Script {
  return join([
    FUNCTIONS,
    ...CLEANUP_FOLDERS.map(
      (folder) => sh`problem=$(root_problem ${place[folder]})
[ -z "$problem" ] || fail "$problem; nothing was removed"`,
    ),
    ...CLEANUP_FOLDERS.map(
      (folder) => sh`found=$(stale ${folder} ${place[folder]} ${days} 2>/dev/null | summary)
errors=$(purge ${folder} ${place[folder]} ${days} 2>&1 >/dev/null)
[ -z "$errors" ] || warn "$(printf '%s\\n' "$errors" | head -n 1)"
left=$(stale ${folder} ${place[folder]} ${days} 2>/dev/null | summary)
set -- $found $left
did ${`${folder}: removed `}"$(($2 - $6)) files, $(($3 - $7)) bytes; $4 run folders spared"`,
    ),
  ]);
}

/**
 * The same rules as one line per folder for a site's crontab, where nothing of ours is installed. `%` has a meaning
 * there, so none is used. Errors go to the deployment's log folder.
 */
export function cronCommands(place: CleanupPlace, days: number): Readonly<Record<CleanupFolder, Script>> {
  const log = `${place.log}/cleanup.log`;
  return {
    inputs: sh`find ${place.inputs} -xdev -mindepth 2 ! -type d -mtime ${`+${days}`} -delete >>${log} 2>&1; find ${place.inputs} -xdev -mindepth 2 -depth -type d -empty -mtime ${`+${days}`} -delete >>${log} 2>&1`,
    executions: sh`find ${place.executions} -xdev -mindepth 2 -maxdepth 2 -type d -mtime ${`+${days}`} -exec sh -c ${CRON_RUNS} sh ${days} {} + >>${log} 2>&1`,
  };
}

const CRON_RUNS =
  'days=$1; shift; for d; do [ -n "$(find "$d" -xdev ! -mtime "+$days" -print -quit 2>&1)" ] || rm -rf --one-file-system -- "$d"; done';
