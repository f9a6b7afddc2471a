import { OpsError } from '../core/errors.ts';
import { raw, type Script, sh } from '../core/script.ts';
import { OWNERLESS_SEC } from '../plan/lock.ts';

/** Who acts on a target: what the lock at the site names. */
export interface Holder {
  /** Our own folder on the site, absolute. */
  readonly opsDir: string;
  readonly jobId: string;
  /** 1 for the first worker that takes the job up; a later one takes the lock over from an earlier one. */
  readonly attempt: number;
  /** For people who find the lock. */
  readonly who?: string;
  /** Owner line of a lock whose job has ended: {@link LockMode} `acquire` takes it over when nothing of that job runs. */
  readonly displaces?: string;
}

/**
 * `acquire` takes the lock when it is free, held by the same job with a lower or equal attempt, left over by the job
 * that {@link Holder.displaces} names, or without an owner for longer than {@link OWNERLESS_SEC}; `hold` demands that
 * this very attempt has it.
 */
export type LockMode = 'acquire' | 'hold';

/**
 * Variables and functions of every script that works under the lock. `halt WORD TEXT` tells the worker and ends;
 * `read_owner` fills `owner`, `owner_job` and `owner_attempt`; `claim` and `hold` return only when the lock is ours.
 * The lock is a folder because making one is atomic on every file system; its `owner` appears a moment later.
 */
export function fenced(holder: Holder, token: string): Script {
  const { opsDir, jobId, attempt, who, displaces = '' } = holder;
  if (!opsDir.startsWith('/') || opsDir === '/')
    throw new RangeError(`ops folder ${opsDir}: expected an absolute path`);
  if (!/^[A-Za-z0-9][\w.-]*$/.test(jobId))
    throw new RangeError(`job id ${JSON.stringify(jobId)}: not a file name`);
  return sh`token=${token}
ops=${opsDir}
job=${jobId}
attempt=${attempt}
who=${(who ?? '').replace(/[^\w.@-]+/g, '_')}
displaces=${displaces}
ownerless=${OWNERLESS_SEC}
${FUNCTIONS}`;
}

const FUNCTIONS = raw(`lock=$ops/lock
umask 077
say() { printf '%s %s\\n' "$token" "$*"; }
halt() {
  say "$@"
  exit 0
}
make_ops() {
  [ -d "$ops" ] && return 0
  (umask 022 && mkdir -p -- "\${ops%/*}") || halt failed "cannot create \${ops%/*}"
  mkdir -p -- "$ops" || halt failed "cannot create $ops"
}
read_owner() {
  owner=
  owner_job=
  owner_attempt=
  tries=0
  until { read -r owner <"$lock/owner"; } 2>/dev/null; do
    [ -d "$lock" ] || return 1
    tries=$((tries + 1))
    [ "$tries" -lt 20 ] || return 0
    sleep 0.1
  done
  set -f
  for word in $owner; do
    case $word in
    job=*) owner_job=\${word#job=} ;;
    attempt=*) owner_attempt=\${word#attempt=} ;;
    esac
  done
  set +f
  case $owner_attempt in '' | *[!0-9]*) owner_attempt=0 ;; esac
}
# The first owner never replaces another: this script may have slept while its nameless lock was taken over.
write_owner() {
  line="job=$job attempt=$attempt who=$who since=$(date -u +%Y-%m-%dT%H:%M:%SZ)"
  if printf '%s\\n' "$line" >"$lock/owner.$$" && mv "$1" -- "$lock/owner.$$" "$lock/owner" && [ ! -e "$lock/owner.$$" ]; then return 0; fi
  rm -f -- "$lock/owner.$$"
  [ ! -s "$lock/owner" ] || return 1
  rmdir -- "$lock" 2>/dev/null
  halt failed "cannot write $lock/owner"
}
# Whether nobody can hold the lock any more. A script of ours that was cut off leaves nothing but a name half written.
is_stale() {
  if [ -n "$owner" ]; then
    [ -n "$displaces" ] && [ "$owner" = "$displaces" ] || return 1
    live=$(running_step "$owner_job")
    [ -z "$live" ] || halt busy "$live" "$owner"
    return 0
  fi
  for file in "$lock"/* "$lock"/.[!.]*; do
    case \${file##*/} in owner | owner.[0-9]*) continue ;; esac
    [ ! -e "$file" ] || return 1
  done
  # By the clock of the file system: it dated the lock.
  : >"$ops/.clock.$$" || return 1
  age=$(($(stat -c %Y -- "$ops/.clock.$$") - $(stat -c %Y -- "$lock" || echo 9999999999)))
  rm -f -- "$ops/.clock.$$"
  [ "$age" -gt "$ownerless" ]
}
# Takes a stale lock away. Whoever took it between the look and the move gets it back.
displace() {
  gone=$ops/.lock.$$
  mv -T -- "$lock" "$gone" 2>/dev/null || return 0
  moved=
  { read -r moved <"$gone/owner"; } 2>/dev/null
  if [ "$moved" != "$owner" ]; then
    mv -T -- "$gone" "$lock" 2>/dev/null || rm -rf -- "$gone"
    halt locked "$moved"
  fi
  rm -rf -- "$gone"
}
claim() {
  make_ops
  rounds=0
  while :; do
    if mkdir -- "$lock" 2>/dev/null && write_owner -n; then return 0; fi
    rounds=$((rounds + 1))
    [ "$rounds" -lt 5 ] || halt failed "cannot create $lock"
    read_owner || continue
    if [ "$owner_job" != "$job" ]; then
      is_stale || halt locked "$owner"
      displace
      continue
    fi
    [ "$owner_attempt" -le "$attempt" ] || halt fenced "$owner"
    [ "$owner_attempt" -eq "$attempt" ] || write_owner -f
    return 0
  done
}
hold() {
  read_owner
  [ "$owner_job" = "$job" ] && [ "$owner_attempt" = "$attempt" ] || halt fenced "$owner"
}`);

/** A line that a script said with `say` or `halt`. */
export interface Said {
  readonly word: string;
  readonly text: string;
}

/** The last line that a script said with this token, whatever stands around it. */
export function saidIn(output: string, token: string): Said | undefined {
  const line = output.split('\n').findLast((each) => each.startsWith(`${token} `));
  if (line === undefined) return undefined;
  const [, word = '', ...rest] = line.split(' ');
  return { word, text: rest.join(' ') };
}

/** The error behind what a script halted with, or undefined when it did not halt. */
export function halted(holder: Holder, said: Said, stderr: string): OpsError | undefined {
  const lock = `${holder.opsDir}/lock`;
  // Anyone may have made the lock: what it says is not ours.
  const owner = said.text.replace(/[^\x20-\x7e]/g, '').slice(0, 200);
  switch (said.word) {
    case 'locked':
      return new OpsError(
        'refused.lock',
        `${lock} is held by ${owner === '' ? 'another tool, which left no name' : owner}`,
        {
          next: 'Wait until its owner is done. A lock whose owner is surely gone is removed by deleting that folder.',
        },
      );
    case 'busy': {
      const [step = '', ...line] = owner.split(' ');
      return new OpsError(
        'refused.lock',
        `${lock} is held by ${line.join(' ')}: that job has ended, but its step "${step}" still runs at the site`,
        {
          next: 'Wait until the step has ended, then ask again; what it does is in the log of its run folder.',
        },
      );
    }
    case 'fenced':
      return new OpsError(
        'step.fenced',
        `${lock} is ${owner === '' ? 'not held any more' : `held by ${owner}`}, not by job=${holder.jobId} attempt=${holder.attempt}`,
      );
    case 'failed': {
      const cause = stderr.trim().split('\n')[0] ?? '';
      return new OpsError('step.failed', `${owner}${cause === '' ? '' : `: ${cause.slice(0, 300)}`}`);
    }
    default:
      return undefined;
  }
}
