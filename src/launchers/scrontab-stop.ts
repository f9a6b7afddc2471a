import { contained } from '../core/record.ts';
import { join, type Script, sh } from '../core/script.ts';
import type { Target } from '../core/target.ts';
import { scrontabOptions } from './scrontab-options.ts';
import { jobName, scrontabPaths } from './scrontab-paths.ts';
import { askFunction, CANCEL, queueFunction, tableFunction, wayFunction } from './scrontab-shell.ts';
import { unitsOf } from './supervisord-paths.ts';
import { FAIL_UNASKED } from './supervisord-shell.ts';

/** Seconds until the queue must be empty after a cancel: Slurm's KillWait and supervisord's own patience, with room. */
const EMPTY_SEC = 150;

/**
 * Stops one service in the running job, or all of the target: first the scrontab entry goes, so that nothing is
 * submitted any more, then our group is stopped inside the job, then every job of ours is cancelled, those that wait
 * before those that run, as one that waits would take the place of the other. Ends when the queue is empty.
 */
export function stopScrontab(target: Target, service?: string): Script {
  return contained(
    join([
      queueFunction(target),
      wayFunction(target),
      askFunction(target),
      FAIL_UNASKED,
      ...(service === undefined
        ? [CANCEL, tableFunction(target), emptyFunction(target), stopAll(target)]
        : [stopOne(target, service)]),
    ]),
  );
}

function stopOne(target: Target, service: string): Script {
  const unit = unitsOf(target, service);
  return sh`own_job
find_way
if [ "$way" = none ]; then did 'no Slurm job runs: nothing to stop'; exit 0; fi
ask stop ${unit}
case "$code:$out" in
  0:* | *'not running'*) [ -z "$out" ] || printf '%s\\n' "$out" ;;
  *'no such'*) did 'supervisord does not know it: nothing to stop'; exit 0 ;;
  *) fail_unasked ${`stop ${unit}`} ;;
esac
ask status ${unit}
case "$code:$out" in
  0:*) fail "still running: $out" ;;
  3:*STOPPED* | 3:*EXITED* | 3:*FATAL*) did stopped ;;
  *) fail_unasked ${`status ${unit}`} ;;
esac`;
}

/** `empty_queue`: cancels every job of ours until there is none, also one that somebody submits meanwhile. */
function emptyFunction(target: Target): Script {
  return sh`empty_queue() {
  end=$(($(date +%s) + ${EMPTY_SEC}))
  told=
  while :; do
    jobs=$(queue) || { printf '%s\\n' "$jobs"; fail 'squeue cannot be asked'; }
    [ -n "$jobs" ] || return 0
    for kind in waiting running; do
      for id in $(printf '%s\\n' "$jobs" | awk -F'|' -v kind="$kind" '($2 == "RUNNING" || $2 == "COMPLETING") == (kind == "running") { print $1 }'); do
        case " $told " in *" $id "*) continue ;; esac
        cancel "$id"
        if [ "$code" -ne 0 ]; then printf '%s\\n' "$out"; fail "Slurm job $id cannot be cancelled"; fi
        told="$told $id"
        did "cancelled Slurm job $id"
      done
    done
    [ "$(date +%s)" -lt "$end" ] || fail ${`after ${EMPTY_SEC} s there are still jobs named ${jobName(target)}: `}"$(printf '%s\\n' "$jobs" | cut -d'|' -f1,2 | tr '\\n' ' ')"
    sleep 0.5
  done
}`;
}

function stopAll(target: Target): Script {
  const { workers } = scrontabOptions(target);
  const { starter } = scrontabPaths(target);
  const names = workers.map((size) => `${jobName(target)}_htcondor_worker_${size}`);
  return sh`table remove
if scrontab -l 2>/dev/null | grep -v '^ *#' | grep -q -F -e ${starter}; then
  warn 'another line of the scrontab runs the starter and will start the services again: take it out by scrontab -e'
fi
jobs=$(queue) || { printf '%s\\n' "$jobs"; fail 'squeue cannot be asked'; }
if [ -z "$jobs" ]; then did 'no Slurm job: nothing to stop'
else
  own_job
  find_way
  if [ "$way" != none ]; then
    # The way that does not depend on DNS first: this is the last chance for services to end in order.
    way=srun
    ask stop ${unitsOf(target)}
    case "$code" in
      0) [ -z "$out" ] || printf '%s\\n' "$out" ;;
      *) printf '%s\\n' "$out"; warn 'the services could not be stopped inside the job and end with it' ;;
    esac
  fi
  empty_queue
  did stopped
fi
for name in ${names}; do
  for id in $(queue_of "$name" | cut -d'|' -f1); do
    cancel "$id"
    if [ "$code" -eq 0 ]; then did "cancelled worker $id ($name)"; else warn "worker $id ($name) cannot be cancelled: $out"; fi
  done
done`;
}
