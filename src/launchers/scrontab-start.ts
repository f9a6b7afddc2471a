import { contained } from '../core/record.ts';
import { join, type Script, sh } from '../core/script.ts';
import { SUPERVISOR_GROUP } from '../core/service.ts';
import type { Target } from '../core/target.ts';
import { jobName, scrontabPaths } from './scrontab-paths.ts';
import { askFunction, CANCEL, queueFunction, tableFunction, wayFunction } from './scrontab-shell.ts';
import { commandOf, supervisordPaths, unitsOf } from './supervisord-paths.ts';
import { FAIL_UNASKED } from './supervisord-shell.ts';

/** Seconds until the queue holds one job of ours and no other. */
const SETTLE_SEC = 60;

/**
 * Brings the target to exactly one job in the queue. A job that was submitted before the files at the site were
 * written, e.g. by scrontab in the middle of a deploy, runs with the earlier ones: it is cancelled. Another that runs
 * our program is kept and its supervisord reads our configuration again; else the starter submits one, once.
 */
export function startScrontab(target: Target, service?: string): Script {
  const { conf, siteConf, supervisord, supervisorctl } = supervisordPaths(target);
  const { starter, cronjob, block } = scrontabPaths(target);
  const wanted = target.services.filter((candidate) => service === undefined || candidate.name === service);
  const programs = [
    supervisord,
    supervisorctl,
    starter,
    cronjob,
    ...wanted.map((one) => commandOf(target, one)),
  ];
  return contained(
    join([
      queueFunction(target),
      wayFunction(target),
      askFunction(target),
      CANCEL,
      FAIL_UNASKED,
      tableFunction(target),
      keepFunction(target),
      sh`for file in ${[conf, siteConf, block]}; do [ -r "$file" ] || fail "$file is missing: deploy first"; done
for file in ${programs}; do [ -x "$file" ] || fail "$file is missing or not executable: deploy first"; done
written=$(stat -c %Y ${`${target.paths.ops}/files.sha256`} 2>/dev/null || echo 0)
drop_others
table put
keep_one
own_job
find_way
if [ "$way" != none ]; then
  ${reread(target, service)}
elif [ -z "$kept" ]; then
  # Slurm and stat count in seconds: a job of the same second as the files could not be told from one before them.
  while [ "$(date +%s)" -le "$written" ]; do sleep 0.1; done
  code=0
  out=$(${starter} 2>&1) || code=$?
  printf '%s\\n' "$out"
  case "$code" in
    0) ;;
    75) fail "nothing was submitted: $(printf '%s\\n' "$out" | grep 'in maintenance' | tail -n 1 | cut -d' ' -f2-)" ;;
    *) fail "the job was not submitted: $(printf '%s\\n' "$out" | grep -v 'refused the job with exit code' | tail -n 1)" ;;
  esac
  keep_one
  [ -n "$kept" ] || fail ${`the job has left the queue at once; its output is in ${scrontabPaths(target).logs}`}
  did "supervisord was down and has been started: Slurm job $kept"
fi
queue | awk -F'|' '{
  text = "Slurm job " $1 " is " tolower($2)
  if ($2 == "RUNNING") text = text " on " $5
  else if ($3 != "None") text = text " (" $3 ")"
  if ($2 != "RUNNING" && $4 ~ /^[0-9]/) text = text ", starts about " $4 " site time"
  print text
}' | while read -r text; do did "$text"; done`,
    ]),
  );
}

/**
 * `is_other ID`: fills `$why` and succeeds when a job was submitted before `$written` (seconds since the epoch) or runs
 * something else; fails for one of ours, and for one that has left the queue.
 * `drop_others`: cancels such jobs, and waits until they have left the queue.
 * `keep_one`: cancels all but one job of ours, the running one or else the oldest, and leaves its id in `$kept`;
 * empty when there is none. Whoever else submits jobs of this name may do so at any moment, also while others leave.
 */
function keepFunction(target: Target): Script {
  return sh`is_other() {
  seen=$(squeue --noheader --jobs="$1" --format='%V %o' 2>/dev/null) || return 1
  since=$(date -d "\${seen%% *}" +%s 2>/dev/null) || return 1
  if [ "\${seen#* }" != ${scrontabPaths(target).cronjob} ]; then why="Slurm job $1 runs something else: \${seen#* }"
  elif [ "$since" -le "$written" ]; then why="Slurm job $1 was submitted before the files were written"
  else return 1
  fi
}
drop_others() {
  old=
  for id in $(queue | cut -d'|' -f1); do
    is_other "$id" || continue
    did "$why"
    old="$old $id"
    cancel "$id"
    if [ "$code" -ne 0 ]; then printf '%s\\n' "$out"; fail "Slurm job $id cannot be cancelled"; fi
  done
  gone_by=$(($(date +%s) + ${SETTLE_SEC}))
  for id in $old; do
    while queue | grep -q "^$id|"; do
      [ "$(date +%s)" -lt "$gone_by" ] || fail "Slurm job $id is still in the queue"
      sleep 0.5
    done
  done
}
keep_one() {
  kept=
  end=$(($(date +%s) + ${SETTLE_SEC}))
  while :; do
    drop_others
    jobs=$(queue) || { printf '%s\\n' "$jobs"; fail 'squeue cannot be asked'; }
    jobs=$(printf '%s\\n' "$jobs" | grep -v '|COMPLETING|')
    [ -n "$jobs" ] || return 0
    kept=$(printf '%s\\n' "$jobs" | awk -F'|' '
      $2 == "RUNNING" && running == "" { running = $1 }
      oldest == "" || $1 + 0 < oldest + 0 { oldest = $1 }
      END { print running == "" ? oldest : running }')
    others=$(printf '%s\\n' "$jobs" | awk -F'|' -v kept="$kept" '$1 != kept { print $1 }')
    if [ -z "$others" ] && ! is_other "$kept"; then return 0; fi
    for id in $others; do
      cancel "$id"
      did "cancelled Slurm job $id: one ${jobName(target)} is enough"
    done
    [ "$(date +%s)" -lt "$end" ] || fail "there are still several jobs: $kept $others"
    sleep 0.5
  done
}`;
}

/** Makes the supervisord of the running job read our configuration, and starts what is wanted. Ours only. */
function reread(target: Target, service: string | undefined): Script {
  const units = unitsOf(target, service);
  const started = service === undefined ? 'every service is started' : `${service} is started`;
  const again =
    service === undefined
      ? sh`ask reread
  case "$code:$out" in 0:*ERROR*) fail_unasked 'supervisord cannot read its configuration' ;; 0:*) printf '%s\\n' "$out" ;; *) fail_unasked 'supervisord cannot read its configuration' ;; esac
  ask update ${SUPERVISOR_GROUP}
  [ "$code" -eq 0 ] || fail_unasked ${`update ${SUPERVISOR_GROUP}`}
  [ -z "$out" ] || printf '%s\\n' "$out"`
      : sh`:`;
  return sh`end=$(($(date +%s) + ${SETTLE_SEC}))
  while ask status ${units}; do
    case "$code:$out" in 4:*'refused connection'*) ;; *) break ;; esac
    # The job has only just begun: supervisord is on its way.
    [ "$(date +%s)" -lt "$end" ] || fail_unasked 'supervisord'
    sleep 0.5
  done
  ${again}
  ask start ${units}
  [ -z "$out" ] || printf '%s\\n' "$out"
  case "$code" in
    0) did ${started} ;;
    7) warn 'not every service started' ;;
    *) fail_unasked ${`start ${units}`} ;;
  esac`;
}
