import { raw, type Script, sh } from '../core/script.ts';
import { reveal } from '../core/secret.ts';
import { SUPERVISOR_GROUP } from '../core/service.ts';
import { type Target, variable } from '../core/target.ts';
import { supervisordPaths } from './supervisord-paths.ts';
import { rpcFunctions } from './supervisord-rpc.ts';

/**
 * `ask WORD…`: runs supervisorctl; what it said goes to `$out`, its exit code to `$code`. The wrapper is preferred,
 * as it is what operators use; without it the tool of supervisord's venv is called directly. A status, and a start or
 * stop of our whole group, is asked of supervisord itself, and of supervisorctl where that gives no answer. Brings
 * {@link rpcFunctions} along.
 */
export function askFunction(target: Target): Script {
  const { supervisorctl, venv, conf, confArgs } = supervisordPaths(target);
  return sh`${rpcFunctions(target)}
ask() {
  code=0
  case "$1 \${2-}" in
    'status '*) out=$(quick_status "\${2-}") || code=$? ;;
    ${`start ${SUPERVISOR_GROUP}:*`}) out=$(quick_start) || code=$? ;;
    ${`stop ${SUPERVISOR_GROUP}:*`}) out=$(quick_stop) || code=$? ;;
    *) code=9 ;;
  esac
  case $code in 0 | 3 | 7) return 0 ;; *) code=0 ;; esac
  if [ -x ${supervisorctl} ]; then out=$(${supervisorctl} ${confArgs} "$@" 2>&1) || code=$?
  else out=$(${venv}/bin/supervisorctl -c ${conf} "$@" 2>&1) || code=$?
  fi
}`;
}

/** `alive`: succeeds when the process of the pid file is this target's supervisord, and leaves its id in `$pid`. */
export function aliveFunction(target: Target): Script {
  const { pidFile, conf } = supervisordPaths(target);
  return sh`alive() {
  pid=
  { read -r pid <${pidFile}; } 2>/dev/null
  case $pid in '' | *[!0-9]*) return 1 ;; esac
  kill -0 "$pid" 2>/dev/null || return 1
  case "$(tr '\\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)" in *[[:space:]]${conf}[[:space:]]*) ;; *) return 1 ;; esac
}`;
}

/** `holder`: prints who listens on supervisord's port, as far as the kernel tells us; nothing when it is free. */
export function holderFunction(target: Target): Script {
  const hex = portOf(target).toString(16).toUpperCase().padStart(4, '0');
  return sh`holder() {
  seen=$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port=${`:${hex}`} '$4 == "0A" && substr($2, length($2) - 4) == port { print $8, $10; exit }')
  [ -n "$seen" ] || return 0
  inode=\${seen#* }
  user=$(id -nu "\${seen%% *}" 2>/dev/null || printf 'uid %s' "\${seen%% *}")
  fd=$(find /proc/[0-9]*/fd -lname "socket:\\[$inode\\]" 2>/dev/null | head -n 1)
  owner=\${fd#/proc/}
  owner=\${owner%%/*}
  if [ -n "$owner" ]; then printf 'pid %s of %s: %s\\n' "$owner" "$user" "$(tr '\\0' ' ' <"/proc/$owner/cmdline" 2>/dev/null | cut -c1-200)"
  else printf 'a process of %s\\n' "$user"
  fi
}`;
}

/** Port of supervisord. A RangeError is a mistake in our own code: configuration has checked the number. */
export function portOf(target: Target): number {
  const port = Number(reveal(variable(target, 'JAWS_SUPERVISOR_PORT')));
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new RangeError(`${target.id}: supervisor port`);
  return port;
}

/** `fail_unasked WHAT`: ends the step with what supervisorctl's answer in `$out` and `$code` means. */
export const FAIL_UNASKED: Script = raw(`fail_unasked() {
  printf '%s\\n' "$out"
  case "$code:$out" in
    *'401 Unauthorized'*) fail "$1: the supervisord that runs has another password than supervisor.conf" ;;
    *gaierror*) fail "$1: the host name of supervisord's address does not resolve" ;;
    2:*) fail "$1: supervisor.conf cannot be read by supervisorctl" ;;
    4:*) fail "$1: supervisord refuses connections" ;;
    *) fail "$1: supervisorctl ended with exit code $code" ;;
  esac
}`);
