import { contained } from '../core/record.ts';
import { join, raw, type Script, sh } from '../core/script.ts';
import type { Target } from '../core/target.ts';
import { ownProcessesFunction } from './own-processes.ts';
import { supervisordPaths, unitsOf } from './supervisord-paths.ts';
import { aliveFunction, askFunction, FAIL_UNASKED } from './supervisord-shell.ts';

/**
 * Stops our group, or one service of it. What is stopped already, a group that supervisord does not know and a
 * supervisord that is down are all as wished; an answer that leaves open whether services run is a failure. Processes
 * that are left from the target's venvs are named and left alone.
 */
export function stopSupervisor(target: Target, service?: string): Script {
  const { conf, supervisorctl } = supervisordPaths(target);
  const units = unitsOf(target, service);
  const mine = service === undefined ? raw('*') : sh`*${` ${service} `}*`;
  return contained(
    join([
      askFunction(target),
      aliveFunction(target),
      ownProcessesFunction(target),
      FAIL_UNASKED,
      sh`stop() {
  if [ ! -r ${conf} ] || [ ! -x ${supervisorctl} ]; then
    if alive; then fail "supervisord (pid $pid) runs, but cannot be asked without "${`${supervisorctl} and ${conf}`}; fi
    did 'supervisord is not set up: nothing to stop'
    return
  fi
  ask stop ${units}
  case "$code:$out" in
    0:*) [ -z "$out" ] || printf '%s\\n' "$out" ;;
    4:*'refused connection'*)
      if alive; then fail "supervisord (pid $pid) runs, but refuses connections at the address in supervisor.conf"; fi
      did 'supervisord is down: nothing to stop'
      return ;;
    *'no such group'* | *'no such process'*) did 'supervisord does not know them: nothing to stop'; return ;;
    *) fail_unasked ${`stop ${units}`} ;;
  esac
  ask status ${units}
  case "$code" in 0 | 3) ;; *) fail_unasked ${`status ${units}`} ;; esac
  case "$out" in
    *RUNNING* | *STARTING* | *STOPPING* | *BACKOFF* | *UNKNOWN*)
      running=$(printf '%s\\n' "$out" | awk -v wanted=${units.replace(/\*$/, '')} '
        index($1, wanted) == 1 && $2 ~ /^(RUNNING|STARTING|STOPPING|BACKOFF|UNKNOWN)$/ { print }')
      if [ -n "$running" ]; then fail "still running: $running"; fi ;;
  esac
  did stopped
}
stop
own_processes | while read -r line; do
  case "$line " in ${mine}) warn "still there, and left alone: pid $line" ;; esac
done`,
    ]),
  );
}
