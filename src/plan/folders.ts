import { telling } from '../core/record.ts';
import { join, raw, type Script, sh } from '../core/script.ts';
import { reveal } from '../core/secret.ts';
import { type OnTrouble, type Target, variable } from '../core/target.ts';

/** A folder a target needs, as it has to be in the end. */
export interface Folder {
  readonly path: string;
  /** Octal text as chmod takes it, e.g. `0750`, `2777`; what the ACL opens to others is in it. */
  readonly mode: string;
  readonly group: string;
  /** Entries as getfacl prints them, e.g. `default:group:jaws:rwx`; none when the site has no ACLs or needs none. */
  readonly acl: readonly string[];
  /** Whether missing folders above it are made. Above data they are not: a file system may not be mounted. */
  readonly parents: boolean;
  readonly policy: FolderRules;
}

/** What a failure of each operation on a folder means. A folder that cannot be made always ends the run. */
export interface FolderRules {
  readonly group: OnTrouble;
  readonly mode: OnTrouble;
  readonly acl: OnTrouble;
}

/** The folders of a target in the order they are made; an S3 scratch has none on the site. */
export function foldersOf(target: Target): readonly Folder[] {
  const { paths, folders } = target;
  const group = text(target, 'JAWS_GROUP');
  const policy: FolderRules = { ...folders.install, acl: 'warn' };
  const own = [paths.install, paths.bin, paths.config, paths.log, paths.supervisor].map(
    (path): Folder => ({ path, mode: '0750', group, acl: [], parents: true, policy }),
  );
  if (paths.scratch.startsWith('s3://')) return own;
  const shared = text(target, 'JAWS_SITE_INPUT_FOLDER_PERMS');
  const data = (path: string, mode: string, users: Rights): Folder => {
    const acl = aclOf(target, group, users);
    return {
      path,
      mode: openedMode(mode.padStart(4, '0'), acl),
      group,
      acl,
      parents: false,
      policy: folders.data,
    };
  };
  return [
    ...own,
    data(paths.scratch, shared, 'rwx'),
    data(paths.executions, '0775', 'r-x'),
    data(paths.inputs, shared, 'rwx'),
  ];
}

type Rights = 'rwx' | 'r-x';
const OPEN = 'other::rwx';

/**
 * Default entries so that what users put into a data folder stays usable by the service account and the other way
 * round. Without a users group "other" needs the access entry as well, a default alone does not open the folder.
 * Where both groups are the same one, the wider rights hold.
 */
function aclOf(target: Target, group: string, users: Rights): readonly string[] {
  if (text(target, 'JAWS_SETFACL') !== '1') return [];
  const usersGroup = text(target, 'JAWS_USERS_GROUP');
  const own = `default:group:${group}:rwx`;
  if (usersGroup === group) return [own];
  if (usersGroup !== '') return [own, `default:group:${usersGroup}:${users}`];
  return [own, `default:other::${users}`, ...(users === 'rwx' ? [OPEN] : [])];
}

/** The entry of others in an ACL is the last digit of the mode: with any other digit, each deploy would close it. */
function openedMode(mode: string, acl: readonly string[]): string {
  return acl.includes(OPEN) ? `${mode.slice(0, -1)}7` : mode;
}

/**
 * Brings every folder to its final state: made, group, mode, ACL, each compared before and after and changed only
 * when it differs. Never by way of a stricter mode, and never what is inside a folder.
 */
export function foldersScript(folders: readonly Folder[]): Script {
  return telling(
    join([
      raw(FOLDER_STATES),
      raw(FUNCTIONS),
      sh`see ${folders.map(({ path }) => path)}`,
      ...folders.map(folderScript),
    ]),
  );
}

/**
 * `see PATH…`: asks once how all these folders are; `seen PATH` fills `has` (`MODE OWNER GROUP`) of one, and fails
 * for one that could not be told. A trailing slash keeps stat from looking at a symlink itself: sites link their
 * data folders to other disks. A command of its own for each folder and question would be dozens.
 */
export const FOLDER_STATES = `newline='
'
see() {
  table=
  for folder; do
    shift
    [ ! -d "$folder" ] || set -- "$@" "$folder/"
  done
  [ "$#" -eq 0 ] || table=$newline$(stat -L --printf '%n\\n%a %U %G\\n' -- "$@" 2>/dev/null)$newline
}
seen() {
  case $table in *"$newline$1/$newline"*) ;; *) return 1 ;; esac
  has=\${table#*"$newline$1/$newline"}
  has=\${has%%"$newline"*}
}`;

function folderScript({ path, mode, group, acl, parents, policy }: Folder): Script {
  return join([
    sh`make ${path} ${mode} ${parents ? 'parents' : 'alone'}`,
    sh`group ${policy.group} ${path} ${group}`,
    sh`mode ${policy.mode} ${path} ${mode}`,
    ...(acl.length === 0
      ? []
      : [sh`acl ${policy.acl} ${path} ${acl.join(',')}`, sh`mode ${policy.mode} ${path} ${mode}`]),
  ]);
}

/**
 * Tries, before anything is stopped, whether the file systems of folders whose ACLs must succeed know ACLs at all;
 * nothing where ACLs are optional.
 */
export function aclProbeScript(folders: readonly Folder[]): Script {
  const needed = folders.filter(({ acl, policy }) => acl.length > 0 && policy.acl === 'fatal');
  if (needed.length === 0) return raw(':');
  return telling(join([raw(PROBE), ...needed.map(({ path, acl }) => sh`probe ${path} ${acl.join(',')}`)]));
}

const PROBE = `probe() {
  command -v setfacl >/dev/null 2>&1 || fail "$1: its ACL cannot be set, setfacl is not installed"
  near=$1
  while [ ! -d "$near" ] && [ "$near" != / ]; do near=\${near%/*}; near=\${near:-/}; done
  tried=$(mktemp -d "$near/.jaws-ops-acl.XXXXXX") || fail "$near: no folder can be made to try ACLs in"
  if out=$(setfacl -m "$2" "$tried" 2>&1); then rmdir "$tried"; return 0; fi
  rmdir "$tried"
  fail "$1: its ACL cannot be set: \${out##*: }"
}`;

// What was seen before the first change holds only until then.
const FUNCTIONS = `trouble() {
  if [ "$1" = warn ]; then warn "$2"; else fail "$2"; fi
}
make() {
  [ ! -d "$1" ] || return 0
  above=\${1%/*}
  if [ "$3" = parents ] && [ ! -d "$above" ]; then ( umask 022 && mkdir -p "$above" ) || trouble fatal "$above: cannot be created"; fi
  [ -d "$above" ] || trouble fatal "$above: is missing; is its file system mounted?"
  table=
  mkdir -m "$2" "$1" || trouble fatal "$1: cannot be created"
  did "created $1"
}
group() {
  if seen "$2"; then now=\${has#* * }; else now=$(stat -L -c %G "$2/"); fi
  [ "$now" != "$3" ] || return 0
  table=
  if out=$(chgrp "$3" "$2" 2>&1) && [ "$(stat -L -c %G "$2/")" = "$3" ]; then did "$2: group $now changed to $3"; return 0; fi
  trouble "$1" "$2: group $now cannot be changed to $3 (\${out##*: }; the folder is owned by $(stat -L -c %U "$2/"))"
}
# A numeric mode of chmod keeps a folder's setgid bit, which is wanted where a site has set it.
same_mode() {
  if seen "$1"; then now=\${has%% *}; else now=$(stat -L -c %a "$1/"); fi
  want=\${2#0}
  [ "$now" = "$want" ] || [ "$now" = "2$want" ]
}
mode() {
  ! same_mode "$2" "$3" || return 0
  before=$now
  table=
  if out=$(chmod "$3" "$2" 2>&1) && same_mode "$2" "$3"; then did "$2: mode $before changed to $now"; return 0; fi
  trouble "$1" "$2: mode $before cannot be changed to $3 (\${out##*: }; the folder is owned by $(stat -L -c %U "$2/"))"
}
# Prints the wanted entries that the folder does not have. An entry that the mask limits counts as one it has not.
lacking() {
  has=$(getfacl -cp "$1/" 2>/dev/null)
  printf '%s\\n' "$2" | tr , '\\n' | while read -r entry; do
    printf '%s\\n' "$has" | grep -qxF -e "$entry" || printf '%s ' "$entry"
  done
}
acl() {
  command -v setfacl >/dev/null 2>&1 || { trouble "$1" "$2: its ACL cannot be set, setfacl is not installed"; return 0; }
  before=$(lacking "$2" "$3")
  [ -n "$before" ] || return 0
  table=
  if ! out=$(setfacl -m "$3" "$2" 2>&1); then
    trouble "$1" "$2: its ACL cannot be set: \${out##*: } (missing: \${before% }; the folder is owned by $(stat -L -c %U "$2/"))"
    return 0
  fi
  after=$(lacking "$2" "$3")
  if [ -z "$after" ]; then did "$2: ACL entries set: \${before% }"; return 0; fi
  trouble "$1" "$2: the file system did not keep the ACL entries \${after% }"
}`;

function text(target: Target, name: string): string {
  return reveal(variable(target, name));
}
