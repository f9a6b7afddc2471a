import { contained } from '../core/record.ts';
import { join, type Script, sh } from '../core/script.ts';
import type { Target } from '../core/target.ts';
import { ASK, FAIL_UNASKED, retireFunction, straysFunction } from './systemd-shell.ts';
import { unitsOf } from './systemd-units.ts';

/**
 * Stops our units, or one of them, and those of services that JAWS Site no longer has. Units that are stopped or not
 * there and a systemd that does not run are all as wished; an answer that leaves open whether services run is a failure.
 */
export function stopSystemd(target: Target, service?: string): Script {
  return contained(
    join([
      ASK,
      FAIL_UNASKED,
      retireFunction(target, 'stop'),
      straysFunction(target),
      sh`state() { printf '%s\\n' "$out" | sed -n "s/^$1=//p"; }
stop() {
  loaded=
  # shellcheck disable=SC2041,SC2043
  for unit in ${unitsOf(target, service)}; do
    ask show --property=LoadState --property=ActiveState "$unit"
    case "$code:$out" in
      0:*) ;;
      *'ermission denied'* | *'not permitted'*) fail_unasked "stop" ;;
      *'onnect to'*'bus'* | *'D-Bus connection'*) did "no systemd of $me runs: nothing to stop"; return ;;
      *) fail_unasked 'stop' ;;
    esac
    case "$(state LoadState):$(state ActiveState)" in
      not-found:inactive) ;;
      *) loaded="$loaded $unit" ;;
    esac
  done
  ${service === undefined ? sh`retire` : sh`:`}
  if [ -z "$loaded" ]; then did 'systemd does not know them: nothing to stop'; return; fi
  # shellcheck disable=SC2086
  ask stop $loaded
  [ -z "$out" ] || printf '%s\\n' "$out"
  [ "$code" -eq 0 ] || fail_unasked "stop$loaded"
  for unit in $loaded; do
    ask show --property=ActiveState "$unit"
    [ "$code" -eq 0 ] || fail_unasked "show $unit"
    case "$(state ActiveState)" in inactive | failed) ;; *) fail "still $(state ActiveState): $unit" ;; esac
  done
  did "stopped$loaded"
}
stop`,
      service === undefined
        ? sh`strays | while read -r line; do warn "still there, and left alone: pid $line"; done`
        : sh`:`,
    ]),
  );
}
