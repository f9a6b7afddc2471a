import type { Fact } from '../core/fact.ts';
import { recorded } from '../core/record.ts';
import { join, raw, type Script, sh } from '../core/script.ts';
import type { Service } from '../core/service.ts';
import type { Target } from '../core/target.ts';
import { lookFunctions, lookScript, parseLook, type SystemdFacts } from './systemd-observe.ts';
import { systemdOptions } from './systemd-options.ts';
import { unitOf, unitsOf } from './systemd-units.ts';

/** Restarts by systemd while we look, over all services, after which more looking shows nothing new. */
const RESTARTS = 3;

/**
 * Reads blocks of `systemctl show`, one per unit, and the ages of processes. Prints `wait` while a service is on its
 * way or runs for less than the settle time, `fatal` when one has failed, else `rest` and the pids; then the number
 * of restarts in all.
 */
const VERDICT = `
BEGIN { RS = ""; FS = "\\n"; count = split(ages, word, " "); for (i = 1; i < count; i += 2) age[word[i]] = word[i + 1] }
{
  split("", value)
  for (i = 1; i <= NF; i++) { at = index($i, "="); value[substr($i, 1, at - 1)] = substr($i, at + 1) }
  restarts += value["NRestarts"]
  state = value["ActiveState"]
  if (state == "failed") failed = 1
  else if (state == "activating" || state == "deactivating" || state == "reloading") moving = 1
  else if (state == "active") {
    if (age[value["MainPID"]] + 0 < settle) moving = 1
    pids = pids " " value["Id"] "=" value["MainPID"]
  }
}
END { print (failed ? "fatal" : moving ? "wait" : "rest" pids); print restarts + 0 }`;

/** Looks again and again on the site until nothing changes any more, then once as {@link observeSystemd} does. */
export function settleSystemd(target: Target): Fact<SystemdFacts> {
  return {
    name: 'systemd',
    script: recorded(
      join([
        lookFunctions(target),
        pollScript(target),
        lookScript(target),
        ...target.services.map((service) => logScript(target, service)),
      ]),
    ),
    parse: (stdout) => parseLook(target, stdout),
  };
}

/** The limit, and time for the looks before and after it. */
export function settleTimeoutMs(target: Target): number {
  return (systemdOptions(target).limitSec + 30) * 1000;
}

/** Two looks in a row must agree on every pid and on the restarts, so that a restart at the settle time is seen. */
function pollScript(target: Target): Script {
  const { settleSec, limitSec } = systemdOptions(target);
  const properties = ['Id', 'ActiveState', 'MainPID', 'NRestarts'].map((name) => `--property=${name}`);
  return sh`end=$(($(date +%s) + ${limitSec}))
before=
first=
silent=0
settled=no
while [ "$(date +%s)" -lt "$end" ]; do
  ask show ${properties} ${unitsOf(target)}
  if [ "$code" -eq 0 ]; then
    silent=0
    main=$(printf '%s\\n' "$out" | sed -n 's/^MainPID=\\([1-9]\\)/\\1/p' | tr '\\n' ',')
    ages=$(ps -o pid= -o etimes= -p "$main$$" | tr '\\n' ' ')
    verdict=$(printf '%s\\n' "$out" | awk -v ages="$ages" -v settle=${settleSec} ${VERDICT})
    restarts=\${verdict##*[!0-9]}
    [ "\${verdict%%[!a-z]*}" != fatal ] || break
    : "\${first:=$restarts}"
    [ "$((restarts - first))" -lt ${RESTARTS} ] || break
    if [ "\${verdict%%[!a-z]*}" != wait ] && [ "$verdict" = "$before" ]; then settled=yes; break; fi
    before=$verdict
  else
    silent=$((silent + 1))
    [ "$silent" -lt 3 ] || break
  fi
  sleep 1
done
put settled "$settled"`;
}

/** Records the last lines of what a service wrote and of what systemd says of it, when it does not run for sure. */
function logScript(target: Target, service: Service): Script {
  const unit = unitOf(target, service);
  const file = target.installer.kind === 'venv' ? service.venvLog : service.containerLog;
  const last = raw(`tail -n 20 | tr -d '\\000-\\010\\013-\\037' | cut -c1-500`);
  return sh`ask is-active ${unit}
if [ "$out" != active ] || [ "$settled" = no ]; then
  put ${`logName.${service.name}`} ${file}
  show ${`log.${service.name}`} 0 "$(tail -n 20 ${`${target.paths.log}/${file}`} 2>/dev/null | ${last})"
  show ${`journal.${service.name}`} 0 "$(LC_ALL=C journalctl --user --no-pager --quiet --lines=20 --unit=${unit} 2>/dev/null | ${last})"
fi`;
}
