import { OpsError } from '../core/errors.ts';
import type { Fact } from '../core/fact.ts';
import type { Finding } from '../core/finding.ts';
import { parseRecord, type RecordedFacts, recorded } from '../core/record.ts';
import { join, raw, type Script, sh } from '../core/script.ts';
import type { OnTrouble, Target } from '../core/target.ts';
import { FOLDER_STATES, type Folder, foldersOf } from './folders.ts';

/** How one folder of a target is at the site. */
export interface FolderState {
  readonly path: string;
  readonly kind: 'folder' | 'missing' | 'other';
  /** Octal digits as stat prints them, e.g. `2775`. */
  readonly mode?: string;
  readonly owner?: string;
  readonly group?: string;
  readonly writable?: boolean;
  /** Wanted ACL entries that it does not have; undefined when the site has no getfacl. */
  readonly lacking?: readonly string[];
  /** Of a missing one: how the folder above it is. */
  readonly above?: 'writable' | 'read-only' | 'missing';
}

/** One read-only look at every folder of a target. */
export function folderFacts(target: Target): Fact<readonly FolderState[]> {
  const folders = foldersOf(target);
  return {
    name: 'folders',
    script: recorded(
      join([
        raw(FOLDER_STATES),
        raw(LOOK),
        sh`see ${folders.map(({ path }) => path)}`,
        ...folders.map(lookScript),
      ]),
    ),
    parse: (stdout) => {
      const record = parseRecord(stdout, `${target.id}: folders`);
      return folders.map((folder, i) => stateOf(target, folder, i, record));
    },
  };
}

const LOOK = `look() {
  if [ -d "$2" ]; then
    seen "$2" || return 0
    if [ -w "$2" ]; then writable=yes; else writable=no; fi
    put "folder.$1" "folder $has $writable"
  elif [ -e "$2" ] || [ -L "$2" ]; then put "folder.$1" other
  elif [ ! -d "\${2%/*}" ]; then put "folder.$1" 'missing missing'
  elif [ -w "\${2%/*}" ]; then put "folder.$1" 'missing writable'
  else put "folder.$1" 'missing read-only'
  fi
}
acl() {
  command -v getfacl >/dev/null 2>&1 || return 0
  name=acl.$1
  put "$name" known
  has=$(getfacl -cp "$2/" 2>/dev/null)
  shift 2
  for entry; do printf '%s\\n' "$has" | grep -qxF -e "$entry" || put "$name" "$entry"; done
}`;

function lookScript(folder: Folder, index: number): Script {
  const looked = sh`look ${index} ${folder.path}`;
  if (folder.acl.length === 0) return looked;
  return sh`${looked}
[ ! -d ${folder.path} ] || acl ${index} ${folder.path} ${folder.acl}`;
}

function stateOf(target: Target, { path, acl }: Folder, index: number, record: RecordedFacts): FolderState {
  const [kind, ...rest] = (record.value(`folder.${index}`) ?? '').split(' ');
  if (kind === 'other') return { path, kind };
  if (kind === 'missing') {
    const [above] = rest;
    if (above === 'writable' || above === 'read-only' || above === 'missing') return { path, kind, above };
  }
  const [mode, owner, group, writable] = rest;
  if (kind === 'folder' && mode !== undefined && owner !== undefined && group !== undefined) {
    const [known, ...lacking] = record.values(`acl.${index}`);
    const entries = acl.length === 0 ? { lacking: [] } : known === undefined ? {} : { lacking };
    return { path, kind, mode, owner, group, writable: writable === 'yes', ...entries };
  }
  throw new OpsError('site.output', `${target.id}: the site did not tell how ${path} is`);
}

/** Who looks after the folders at the site. */
export interface FolderKeeper {
  readonly account: string;
  readonly groups: readonly string[];
}

/**
 * What the folders are and what a deploy can make of them: drift that it will mend is a warning; what it could not
 * mend fails here, before anything is stopped, where the site's policy says `fatal`.
 */
export function folderFindings(
  target: Target,
  states: readonly FolderState[],
  keeper: FolderKeeper,
): readonly Finding[] {
  const findings = foldersOf(target).flatMap((folder) => {
    const state = states.find(({ path }) => path === folder.path);
    return state === undefined ? [] : judge(target, folder, state, keeper);
  });
  if (findings.length > 0) return findings;
  return [{ level: 'ok', subject: 'folders', message: `${states.length} as configured` }];
}

function judge(
  target: Target,
  folder: Folder,
  state: FolderState,
  { account, groups }: FolderKeeper,
): readonly Finding[] {
  const finding = (level: Finding['level'], message: string, next?: string): Finding => ({
    level,
    subject: 'folder',
    message: `${folder.path}: ${message}`,
    ...(next === undefined ? {} : { next }),
  });
  const stuck = (policy: OnTrouble, message: string, next: string) =>
    finding(policy === 'fatal' ? 'fail' : 'warn', message, next);
  const stranger = !groups.includes(folder.group);
  const join_ = `Ask the site to put ${account} into the group ${folder.group}.`;
  const where = `folders in config/sites/${target.site}.yaml`;
  if (state.kind === 'other')
    return [finding('fail', 'is not a folder', 'Move it out of the way at the site.')];
  if (state.kind === 'missing') {
    const above = folder.path.slice(0, folder.path.lastIndexOf('/'));
    if (state.above === 'missing') {
      // What is missing together with the folder above it is told once, of the one above.
      return folder.path === target.paths.scratch
        ? [finding('fail', `${above} is missing`, 'Look whether its file system is mounted.')]
        : [];
    }
    if (state.above === 'read-only') {
      const next = `Correct the owner or mode of ${above} at the site.`;
      return [finding('fail', `cannot be created, ${account} may not write to ${above}`, next)];
    }
    return stranger
      ? [stuck(folder.policy.group, `${account} is not in its group ${folder.group}`, join_)]
      : [];
  }
  const found: Finding[] = [];
  const { mode = '', owner = '', group = '', lacking } = state;
  const mine = owner === account;
  const ask = `Ask ${owner}, its owner, to change it, or say in ${where} that it may differ.`;
  const mended = 'will be corrected';
  if (group !== folder.group) {
    const what = `group is ${group}, expected ${folder.group}`;
    if (mine && !stranger) found.push(finding('warn', `${what}; ${mended}`));
    else found.push(stuck(folder.policy.group, what, mine ? join_ : ask));
  }
  const want = folder.mode.replace(/^0/, '');
  if (mode !== want && mode !== `2${want}`) {
    const what = `mode is ${mode}, expected ${folder.mode}`;
    found.push(mine ? finding('warn', `${what}; ${mended}`) : stuck(folder.policy.mode, what, ask));
  }
  if (lacking === undefined) {
    found.push(
      stuck(folder.policy.acl, 'its ACL cannot be told, getfacl is not installed', 'Set JAWS_SETFACL to 0.'),
    );
  } else if (lacking.length > 0) {
    const what = `ACL entries are missing: ${lacking.join(', ')}`;
    found.push(mine ? finding('warn', `${what}; will be set`) : stuck(folder.policy.acl, what, ask));
  }
  if (!mine && state.writable === false)
    found.push(finding('fail', `${account} may not write to it (${mode} ${owner}:${group})`, ask));
  return found;
}
