import { join, raw, type Script, sh } from '../core/script.ts';
import { reveal } from '../core/secret.ts';
import { type Target, variable } from '../core/target.ts';

/** A folder a target needs, with its final mode and group. */
export interface Folder {
  readonly path: string;
  /** Octal text as chmod takes it, e.g. `0750`, `2777`. */
  readonly mode: string;
  readonly group: string;
  /** Entries for `setfacl -m`, none when the site has no ACLs or the folder needs none. */
  readonly acl: readonly string[];
  /** `warn` where another owner may have made the folder before us and the site works without the change. */
  readonly onFailure: 'stop' | 'warn';
}

/** The folders of a target in the order they are made; an S3 scratch has none on the site. */
export function foldersOf(target: Target): readonly Folder[] {
  const { paths } = target;
  const group = text(target, 'JAWS_GROUP');
  const own = [paths.install, paths.bin, paths.config, paths.log, paths.supervisor].map(
    (path): Folder => ({ path, mode: '0750', group, acl: [], onFailure: 'stop' }),
  );
  if (paths.scratch.startsWith('s3://')) return own;
  const shared = text(target, 'JAWS_SITE_INPUT_FOLDER_PERMS');
  const data = (path: string, mode: string, users: string): Folder => ({
    path,
    mode: mode.padStart(4, '0'),
    group,
    acl: aclOf(target, group, users),
    onFailure: 'warn',
  });
  return [
    ...own,
    data(paths.scratch, shared, 'rwx'),
    data(paths.executions, '0775', 'rx'),
    data(paths.inputs, shared, 'rwx'),
  ];
}

/**
 * Default entries so that what users put into a data folder stays usable by the service account and the other way
 * round. Without a users group "other" needs the access entry as well, a default alone does not open the folder.
 */
function aclOf(target: Target, group: string, users: string): readonly string[] {
  if (text(target, 'JAWS_SETFACL') !== '1') return [];
  const usersGroup = text(target, 'JAWS_USERS_GROUP');
  if (usersGroup !== '') return [`d:g:${group}:rwx`, `d:g:${usersGroup}:${users}`];
  return [`d:g:${group}:rwx`, `d:o::${users}`, ...(users === 'rwx' ? ['o::rwx'] : [])];
}

/** Brings every folder to its final state, one verified operation after another; never by way of a stricter mode. */
export function foldersScript(folders: readonly Folder[]): Script {
  return join([raw(FUNCTIONS), ...folders.map(folderScript)]);
}

function folderScript(folder: Folder): Script {
  const made = sh`folder ${folder.onFailure} ${folder.path} ${folder.mode} ${folder.group}`;
  return folder.acl.length === 0
    ? made
    : join([made, sh`acl ${folder.onFailure} ${folder.path} ${folder.acl.join(',')}`]);
}

// A trailing slash keeps stat from looking at a symlink itself: sites link their data folders to other disks.
const FUNCTIONS = `failed() {
  if [ "$1" = warn ]; then echo "warning: $2"; else echo "error: $2"; exit 1; fi
}
folder() {
  if [ ! -d "$2" ]; then
    ( umask 027 && mkdir -p "$2" ) || { failed "$1" "$2: cannot be created"; return 0; }
    echo "created $2"
  fi
  now=$(stat -L -c '%a %G' "$2/")
  want="\${3#0}"
  want="\${want#0} $4"
  [ "$now" = "$want" ] && return 0
  if [ "\${now#* }" != "$4" ]; then
    chgrp "$4" "$2" || failed "$1" "$2: group \${now#* } cannot be changed to $4"
  fi
  # A numeric mode of chmod keeps a folder's setgid bit, which is wanted where a site has set it.
  [ "\${now% *}" = "\${want% *}" ] || chmod "$3" "$2" || failed "$1" "$2: mode \${now% *} cannot be changed to $3"
  now=$(stat -L -c '%a %G' "$2/")
  case "$now" in
    "$want" | "2$want") echo "set $2 to $now" ;;
    *) failed "$1" "$2: is $now after the change, expected $want" ;;
  esac
}
acl() {
  command -v setfacl >/dev/null 2>&1 || { failed "$1" "$2: setfacl is not installed, entries $3 are missing"; return 0; }
  setfacl -m "$3" "$2" || failed "$1" "$2: ACL entries $3 were refused"
}`;

function text(target: Target, name: string): string {
  return reveal(variable(target, name));
}
