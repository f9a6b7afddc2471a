import { join, raw, type Script, sh } from '../core/script.ts';
import type { Target } from '../core/target.ts';
import { ownProcessesFunction } from './own-processes.ts';
import { commandOf, servicesOf, unitFolder, unitOf, unitsOf } from './systemd-units.ts';

/**
 * `ask WORD…`: runs `systemctl --user`; what it said goes to `$out`, its exit code to `$code`. The account's systemd
 * is found through its runtime folder, which no login shell of `sudo` names.
 */
export const ASK: Script = raw(`XDG_RUNTIME_DIR=/run/user/$(id -u)
export XDG_RUNTIME_DIR
me=$(id -un)
ask() {
  code=0
  out=$(LC_ALL=C SYSTEMD_COLORS=0 systemctl --user --no-pager "$@" 2>&1) || code=$?
}`);

/** `unmet UNIT`: prints the condition that kept a unit from starting, e.g. `ConditionHost=ln010*`; else nothing. */
export const UNMET: Script = raw(`unmet() {
  ask status --lines=0 "$1"
  printf '%s\\n' "$out" | sed -n 's/^[^A-Za-z]*\\([A-Za-z]*[=][^ ].*\\) was not met$/\\1/p' | head -n 1
}`);

/**
 * `orphans`: prints the names of units in the folder that are this target's and of no service it has: those with our
 * mark, and those without one, of an earlier way to deploy, that start a file of the target's bin folder.
 */
export function orphansFunction(target: Target): Script {
  return join([
    sh`folder=${unitFolder(target)}
ours=${` ${unitsOf(target).join(' ')} `}
orphans() {
  for file in "$folder"/*-${target.deployment}.service; do
    [ -f "$file" ] && [ -r "$file" ] || continue
    name=\${file##*/}
    case $ours in *" $name "*) continue ;; esac
    if grep -qxF ${`Target=${target.id}`} "$file" || grep -F 'ExecStart=' "$file" | grep -qF ${`${target.paths.bin}/`}; then printf '%s\\n' "$name"; fi
  done
}`,
  ]);
}

/**
 * `retire`: stops and disables every orphan, and removes its file when told so: before a write that is left to the
 * write, which keeps a copy. Nothing of it fails the step but an orphan that cannot be stopped.
 */
export function retireFunction(target: Target, how: 'stop' | 'remove'): Script {
  const finish =
    how === 'stop'
      ? sh`warn "stopped $orphan, which JAWS Site no longer has"`
      : sh`rm -f "$folder/$orphan" || fail "$folder/$orphan cannot be removed"
    warn "removed $orphan, which JAWS Site no longer has"`;
  return join([
    orphansFunction(target),
    sh`retire() {
  for orphan in $(orphans); do
    ask stop "$orphan"
    case "$code" in 0 | 5) ;; *) fail "$orphan, which JAWS Site no longer has, cannot be stopped: $out" ;; esac
    ask disable "$orphan"
    ${finish}
  done
}`,
  ]);
}

/**
 * `strays`, after {@link orphansFunction}: prints `PID COMMAND` of each process of this account that runs from the
 * target's venvs and in none of its units.
 */
export function straysFunction(target: Target): Script {
  return sh`${ownProcessesFunction(target)}
strays() {
  own_processes | while read -r p _ _ command; do
    in=$(sed -n 's#^.*/\\([^/]*\\.service\\)$#\\1#p' "/proc/$p/cgroup" 2>/dev/null | tail -n 1)
    case $ours in *" \${in:-none} "*) ;; *) printf '%s %s\\n' "$p" "$command" ;; esac
  done
}`;
}

/** `fail_unasked WHAT`: ends the step with what systemctl's answer in `$out` and `$code` means. */
export const FAIL_UNASKED: Script = raw(`fail_unasked() {
  printf '%s\\n' "$out"
  case "$code:$out" in
    127:*) fail "$1: there is no systemctl" ;;
    *'onnect to'*'bus'*'ermission denied'* | *'onnect to'*'bus'*'not permitted'*) fail "$1: the systemd of $me refuses us" ;;
    *'onnect to'*'bus'* | *'D-Bus connection'*) fail "$1: no systemd of $me runs; as root: loginctl enable-linger $me" ;;
    *) fail "$1: systemctl ended with exit code $code" ;;
  esac
}`);

/** Ends the step when a unit or the file it starts is not in place. */
export function presenceScript(target: Target, service?: string): Script {
  const services = servicesOf(target, service);
  return sh`# shellcheck disable=SC2041,SC2043
for unit in ${services.map((one) => unitOf(target, one))}; do
  [ -r "$folder/$unit" ] || fail "$folder/$unit is missing: deploy first"
done
# shellcheck disable=SC2041,SC2043
for file in ${services.map((one) => commandOf(target, one))}; do
  [ -x "$file" ] || fail "$file is missing or not executable: deploy first"
done`;
}
