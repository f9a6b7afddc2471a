import { join, raw, type Script, sh } from '../core/script.ts';
import type { Target } from '../core/target.ts';
import { blockMarks, dnsName, jobName, scrontabPaths } from './scrontab-paths.ts';
import { JOB_FORMAT } from './scrontab-queue.ts';
import { supervisordPaths } from './supervisord-paths.ts';
import { portOf } from './supervisord-shell.ts';

/** Seconds that supervisorctl gets to answer, from the login node and through srun. */
const DIRECT_SEC = 20;
const SRUN_SEC = 60;

/**
 * `queue`: prints `ID|STATE|REASON|START|NODE|NAME` of the account's jobs with exactly the name of ours; fails with
 * what squeue said when it cannot be asked. `queue_of NAME` does so for another name.
 */
export function queueFunction(target: Target): Script {
  return sh`queue_of() {
  said=$(squeue --noheader --user="$(id -un)" --format=${JOB_FORMAT} 2>&1) || { printf '%s\\n' "$said"; return 1; }
  printf '%s\\n' "$said" | awk -F'|' -v job="$1" '$1 ~ /^[0-9]/ { name = $6; for (i = 7; i <= NF; i++) name = name "|" $i; if (name == job) print }'
}
queue() { queue_of ${jobName(target)}; }
own_job() {
  job=
  node=
  own=$(queue | awk -F'|' '$2 == "RUNNING" { print $1 "|" $5; exit }') || return 0
  case "$own" in
    *'|'*) job=\${own%%|*}; node=\${own#*|} ;;
  esac
}`;
}

/**
 * `find_way`: how supervisorctl reaches the job of {@link queueFunction}'s `own_job`: `$way` is `none` without a
 * running job, `direct` when the DNS name points to the job's node, else `srun`. Leaves the addresses in `$answers`
 * and `$address`.
 */
export function wayFunction(target: Target): Script {
  const host = dnsName(target);
  const { record } = scrontabPaths(target);
  const lookup =
    host === ''
      ? sh`answers=`
      : sh`if command -v dig >/dev/null 2>&1; then answers=$(timeout 10 dig +short ${host} A 2>/dev/null | grep -E '^[0-9.]+$' | tr '\\n' ' ')
  else answers=$(timeout 10 getent ahostsv4 ${host} | awk '{ print $1 }' | sort -u | tr '\\n' ' ')
  fi
  answers=\${answers% }`;
  return sh`find_way() {
  way=none
  address=
  answers=
  [ -n "$job" ] || return 0
  read -r known _ address 2>/dev/null <${record} || known=
  if [ "$known" != "$job" ] || [ "$address" = none ]; then address=$(timeout 10 getent ahostsv4 "$node" | awk '{ print $1; exit }'); fi
  ${lookup}
  way=srun
  if [ -n "$address" ] && [ "$answers" = "$address" ]; then way=direct; fi
}`;
}

/**
 * `ask WORD…`: supervisorctl's answer in `$out` and `$code`, from the login node when the DNS name is right, else from
 * within the job, where supervisord is on the same host. Without a running job it is as if supervisord were down.
 */
export function askFunction(target: Target): Script {
  const { supervisorctl } = supervisordPaths(target);
  const local = `http://localhost:${portOf(target)}`;
  return sh`ask() {
  code=0
  case "$way" in
    direct) out=$(timeout ${DIRECT_SEC} ${supervisorctl} "$@" 2>&1 </dev/null) || code=$? ;;
    srun) out=$(timeout ${SRUN_SEC} srun --overlap --jobid="$job" --ntasks=1 --quiet ${supervisorctl} -s ${local} "$@" 2>&1 </dev/null) || code=$? ;;
    *) code=4; out='no running job: refused connection' ;;
  esac
  case "$code" in
    124) out="no answer in time by way of $way" ;;
    1) case "$way:$out" in direct:*gaierror* | direct:*'Network is unreachable'* | direct:*'timed out'*) way=srun; ask "$@" ;; esac ;;
  esac
}`;
}

/** `cancel ID…`: scancel, with `--cron` where this Slurm knows it; what it says goes to `$out`, its code to `$code`. */
export const CANCEL: Script = raw(`cancel() {
  code=0
  if scancel --help 2>&1 | grep -q -e '--cron'; then out=$(scancel --cron "$@" 2>&1) || code=$?
  else out=$(scancel "$@" 2>&1) || code=$?
  fi
}`);

/** Seconds after which an edit of the table was cut off: it takes two commands. */
const EDIT_SEC = 60;

/**
 * `table put` and `table remove`: put our block into the account's scrontab, or take it out. Every other line stays as
 * it is. Nothing is written when nothing would change, as a table that is written anew ends its cron jobs. The table is
 * one for all deployments of the account, and is read and written as a whole: a folder in the home, which every host of
 * the site sees, lets one edit in at a time.
 */
export function tableFunction(target: Target): Script {
  const { begin, end } = blockMarks(target);
  const { block } = scrontabPaths(target);
  return join([
    sh`table() {
  turn="$HOME/.jaws-ops-scrontab"
  limit=$(($(date +%s) + ${2 * EDIT_SEC}))
  until mkdir "$turn" 2>/dev/null; do
    since=$(stat -c %Y "$turn" 2>/dev/null) || since=
    if [ -n "$since" ] && [ "$(($(date +%s) - since))" -gt ${EDIT_SEC} ]; then rmdir "$turn" 2>/dev/null; fi
    [ "$(date +%s)" -lt "$limit" ] || fail "$turn cannot be made: remove it when nothing edits the scrontab"
    sleep 0.2
  done
  edited=0
  (edit_table "$1") || edited=$?
  rmdir "$turn"
  [ "$edited" -eq 0 ] || exit "$edited"
}
edit_table() {
  before=$(scrontab -l 2>&1) || case "$before" in
    *[nN]'o crontab'*) before= ;;
    *) printf '%s\\n' "$before"; fail 'scrontab -l does not work' ;;
  esac
  after=$(printf '%s\\n' "$before" | awk -v begin=${begin} -v end=${end} '
    { bare = $0; sub(/^# *DISABLED:? */, "", bare) }
    bare == begin { inside = 1 }
    !inside && ($0 != "" || NR > 1) { print }
    bare == end { inside = 0 }')
  if [ "$1" = put ]; then
    after=$(if [ -n "$after" ]; then printf '%s\\n' "$after"; fi; cat ${block}) || fail ${`${block} cannot be read`}
  fi
  if [ "$after" = "$before" ]; then return 0; fi
  file=$(mktemp) || fail 'no temporary file for the scrontab'
  if [ -n "$after" ]; then printf '%s\\n' "$after" >"$file"; else : >"$file"; fi
  said=$(scrontab "$file" 2>&1) || { rm -f "$file"; printf '%s\\n' "$said"; fail 'scrontab refused the new table'; }
  rm -f "$file"
  now=$(scrontab -l 2>/dev/null)
  case "$1:$now" in
    put:*${end}*)
      case "$before" in
        *${begin}*) did 'the scrontab entry is restored' ;;
        *) did 'the scrontab entry is in place' ;;
      esac ;;
    put:*) fail 'the scrontab entry is not there after it was written' ;;
    remove:*${begin}*) fail 'the scrontab entry is still there after it was taken out' ;;
    *) did 'the scrontab entry is taken out until the next start' ;;
  esac
}`,
  ]);
}
