import { contained } from '../core/record.ts';
import { join, type Script, sh } from '../core/script.ts';
import { SUPERVISOR_GROUP } from '../core/service.ts';
import type { Target } from '../core/target.ts';
import { ownProcessesFunction } from './own-processes.ts';
import { commandOf, supervisordPaths, unitsOf } from './supervisord-paths.ts';
import { aliveFunction, askFunction, FAIL_UNASKED, holderFunction, portOf } from './supervisord-shell.ts';

/** Seconds a supervisord that was just started gets to answer. */
const ANSWER_SEC = 20;

/**
 * Starts supervisord when it is down, else makes it read our configuration, then starts our group, or one service.
 * Another group is never named. Services that fail to start are reported and left to the verification.
 */
export function startSupervisor(target: Target, service?: string): Script {
  const { conf, siteConf, supervisord, supervisorctl } = supervisordPaths(target);
  const wanted = target.services.filter((candidate) => service === undefined || candidate.name === service);
  const units = unitsOf(target, service);
  const started = service === undefined ? 'every service is started' : `${service} is started`;
  const readable = sh`for file in ${[conf, siteConf]}; do [ -r "$file" ] || fail "$file is missing: deploy first"; done`;
  const executable = sh`for file in ${[supervisord, supervisorctl, ...wanted.map((one) => commandOf(target, one))]}; do
  [ -x "$file" ] || fail "$file is missing or not executable: deploy first"
done`;
  return contained(
    join([
      askFunction(target),
      aliveFunction(target),
      holderFunction(target),
      ownProcessesFunction(target),
      FAIL_UNASKED,
      readable,
      executable,
      bringUpFunction(target),
      rereadFunction(),
      service === undefined
        ? sh`if unchanged; then echo 'No config updates to processes'
else
${findUp(sh`reread`)}
fi`
        : findUp(sh`:`),
      sh`ask start ${units}
[ -z "$out" ] || printf '%s\\n' "$out"
case "$code" in
  0) did ${started} ;;
  7) warn 'not every service started' ;;
  *) fail_unasked ${`start ${units}`} ;;
esac`,
    ]),
  );
}

/** Has supervisord up and knowing our group; `known` is what remains to be done where it is both already. */
function findUp(known: Script): Script {
  return sh`ask status ${`${SUPERVISOR_GROUP}:*`}
case "$code:$out" in
  4:*'refused connection'*) bring_up ;;
  4:*'no such group'*) reread ;;
  0:* | 3:*) ${known} ;;
  *) fail_unasked 'supervisord' ;;
esac`;
}

/** `reread`: lets supervisord read its files again; a group that has changed is restarted, ours only. */
function rereadFunction(): Script {
  return sh`reread() {
  ask reread
  [ "$code" -eq 0 ] || fail_unasked 'supervisord cannot read its configuration'
  case "$out" in *ERROR*) fail_unasked 'supervisord cannot read its configuration' ;; esac
  printf '%s\\n' "$out"
  ask update ${SUPERVISOR_GROUP}
  [ "$code" -eq 0 ] || fail_unasked ${`update ${SUPERVISOR_GROUP}`}
  [ -z "$out" ] || printf '%s\\n' "$out"
}`;
}

/**
 * `bring_up`: starts supervisord, which leaves into the background, and waits until it answers. A second one is never
 * started beside one that lives.
 */
function bringUpFunction(target: Target): Script {
  const { supervisord, log, confArgs } = supervisordPaths(target);
  return sh`bring_up() {
  if alive; then fail "supervisord (pid $pid) runs, but refuses connections at the address in supervisor.conf"; fi
  own_processes | while read -r line; do warn "from an earlier start, and left alone: pid $line"; done
  code=0
  out=$(${supervisord} ${confArgs} 2>&1) || code=$?
  if [ "$code" -ne 0 ]; then
    printf '%s\\n' "$out"
    case "$out" in *'already listening'*) fail ${`port ${portOf(target)} is held by `}"$(holder)" ;; esac
    fail "supervisord ended with exit code $code"
  fi
  end=$(($(date +%s) + ${ANSWER_SEC}))
  while :; do
    ask status ${`${SUPERVISOR_GROUP}:*`}
    case "$code" in 0 | 3) break ;; esac
    if [ "$(date +%s)" -ge "$end" ]; then
      tail -n 20 ${log}
      fail_unasked ${`supervisord was started and does not answer within ${ANSWER_SEC} s`}
    fi
    sleep 0.5
  done
  alive || pid=unknown
  did "supervisord was down and has been started, pid $pid"
}`;
}
