import { contained } from '../core/record.ts';
import { join, type Script, sh } from '../core/script.ts';
import type { Target } from '../core/target.ts';
import { ASK, FAIL_UNASKED, presenceScript, retireFunction, UNMET } from './systemd-shell.ts';
import { unitsOf } from './systemd-units.ts';

/**
 * Makes systemd read our units, removes those of services that JAWS Site no longer has, enables and starts ours, or
 * one. systemctl says success of a unit that a condition kept from starting, so each unit is asked how it is; what
 * does not run is reported and left to the verification.
 */
export function startSystemd(target: Target, service?: string): Script {
  const units = unitsOf(target, service);
  return contained(
    join([
      ASK,
      FAIL_UNASKED,
      UNMET,
      retireFunction(target, 'remove'),
      presenceScript(target, service),
      sh`ask show --property=Version
[ "$code" -eq 0 ] || fail_unasked 'start'
${service === undefined ? sh`retire` : sh`:`}
ask daemon-reload
[ "$code" -eq 0 ] || fail_unasked 'daemon-reload'
ask reenable ${units}
[ "$code" -eq 0 ] || fail_unasked 'enable'
[ -z "$out" ] || printf '%s\\n' "$out"
# A unit that has failed too often refuses to start until it is forgiven.
ask reset-failed ${units}
ask start ${units}
[ -z "$out" ] || printf '%s\\n' "$out"
case "$code:$out" in
  0:*) ;;
  *'onnect to'*'bus'*) fail_unasked 'start' ;;
  *) warn 'not every service started' ;;
esac
# shellcheck disable=SC2041,SC2043
for unit in ${units}; do
  ask is-active "$unit"
  case "$out" in active | activating) did "$unit is $out" ;; *)
    state=$out
    condition=$(unmet "$unit")
    warn "$unit is $state\${condition:+: $condition is not met}" ;;
  esac
done`,
    ]),
  );
}
