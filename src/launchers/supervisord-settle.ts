import type { Fact } from '../core/fact.ts';
import { recorded } from '../core/record.ts';
import { join, raw, type Script, sh } from '../core/script.ts';
import { type Service, SUPERVISOR_GROUP } from '../core/service.ts';
import type { Target } from '../core/target.ts';
import {
  lookFunctions,
  lookScript,
  parseLook,
  partsScript,
  type SupervisordFacts,
} from './supervisord-observe.ts';
import { supervisordOptions } from './supervisord-options.ts';
import { supervisordPaths, unitOf } from './supervisord-paths.ts';
import { VENV_MARK } from './supervisord-venv.ts';

/**
 * Reads `supervisorctl status` and prints the seconds until the next look, then `wait` and the units that are on their
 * way, `fatal` when one has failed, else `rest`; then ` ;` and the pids of those that run. On its way is also what runs
 * for less than the settle time. supervisord counts in whole seconds of the clock, so that what it gives may be wrong
 * by almost one; `here`, on its own host, the kernel knows the age of a process better (proc(5), in clock ticks, of
 * which Linux shows a hundred a second), and the next look comes when the youngest is old enough.
 */
const VERDICT = `
function seconds(text,  part) {
  if (text ~ /day/) return 86400
  split(text, part, ":")
  return part[1] * 3600 + part[2] * 60 + part[3]
}
function age(pid, shown,  line, field, exact) {
  if (!here || (getline line < ("/proc/" pid "/stat")) <= 0) return shown
  sub(/.*\\) /, "", line)
  split(line, field, " ")
  exact = up - field[20] / 100
  # A process of another host with the same number is of another age.
  return exact > shown - 1 && exact < shown + 1 ? exact : shown
}
BEGIN {
  count = split(units, unit, " "); for (i = 1; i <= count; i++) wanted[unit[i]] = 1
  if (here && (getline text < "/proc/uptime") > 0) { split(text, field, " "); up = field[1] } else here = 0
}
wanted[$1] && $2 == "FATAL" { failed = 1 }
wanted[$1] && ($2 == "STARTING" || $2 == "BACKOFF" || $2 == "STOPPING") { moving = moving " " $1; busy = 1 }
wanted[$1] && $2 == "RUNNING" {
  text = $0
  sub(/.*uptime /, "", text)
  ran = age($4 + 0, seconds(text))
  if (ran < settle) { moving = moving " " $1; if (settle - ran > left) left = settle - ran }
  pids = pids " " $1 "=" $4
}
END {
  pause = busy || !left || left > 1 ? 1 : left + 0.05
  verdict = failed ? "fatal" : moving ? "wait" moving : "rest"
  printf "%.2f %s ;%s\\n", pause, verdict, pids
}`;

/**
 * Looks again and again on the site until nothing changes any more; where supervisord does not answer, then once as
 * {@link observeSupervisord} does.
 */
export function settleSupervisord(target: Target): Fact<SupervisordFacts> {
  return {
    name: 'supervisor',
    script: recorded(
      join([lookFunctions(target), pollScript(target), settledScript(target), logsScript(target)]),
    ),
    parse: (stdout) => parseLook(target, stdout),
  };
}

/**
 * The look after a settle whose last answer is in `$out` and `$code`. Where supervisord has answered, that says of the
 * services all there is to say; what a deploy wants to know of supervisord itself was asked before it began.
 */
function settledScript(target: Target): Script {
  const { venv } = supervisordPaths(target);
  return sh`case "$code" in
  0 | 3)
    status=$out
    show status "$code" "$status"
    ${partsScript(target)}
    mark=
    if [ -x ${venv}/bin/python ]; then
      { read -r mark <${venv}/${VENV_MARK}; } 2>/dev/null
      if [ "$mark" = ${supervisordOptions(target).package} ]; then put venv ok; else put venv other; fi
    else put venv missing
    fi ;;
  *)
    ${lookScript(target)} ;;
esac`;
}

/** The limit, and time for the looks before and after it. */
export function settleTimeoutMs(target: Target): number {
  return (supervisordOptions(target).limitSec + 30) * 1000;
}

/** The look that finds every service past its settle time must see the pids of the look before it. */
function pollScript(target: Target): Script {
  const { limitSec } = supervisordOptions(target);
  return sh`read -r up _ </proc/uptime
end=$((\${up%%.*} + ${limitSec}))
before=none
verdict=
silent=0
settled=no
while read -r up _ </proc/uptime && [ "\${up%%.*}" -lt "$end" ]; do
  ${verdictScript(target, 'here')}
  case "$code" in
    0 | 3) silent=0 ;;
    *) silent=$((silent + 1)); [ "$silent" -lt 3 ] || break ;;
  esac
  if [ "$silent" -eq 0 ]; then
    case "$verdict" in fatal*) settled=failed; break ;; esac
    if [ "$verdict" = "rest ;$before" ]; then settled=yes; break; fi
    before=\${verdict#*;}
  fi
  sleep "\${pause:-1}"
done
put settled "$settled"`;
}

/**
 * Asks supervisord once for `$verdict` and the seconds until the next look in `$pause`, see {@link VERDICT}; it is
 * `wait` alone and a second when there is no answer.
 * @param where whether supervisord runs on the host that the script runs on
 */
export function verdictScript(target: Target, where: 'here' | 'elsewhere'): Script {
  const { settleSec } = supervisordOptions(target);
  const units = target.services.map(unitOf).join(' ');
  return sh`ask status ${`${SUPERVISOR_GROUP}:*`}
  verdict='wait'
  pause=1
  case "$code" in
    0 | 3)
      verdict=$(printf '%s\\n' "$out" | LC_ALL=C awk -v here=${where === 'here' ? 1 : 0} -v settle=${settleSec} -v units=${units} ${VERDICT})
      pause=\${verdict%% *}
      verdict=\${verdict#* } ;;
  esac`;
}

/** Records the last lines of what each service wrote that does not run, or was on its way when the time was over. */
export function logsScript(target: Target): Script {
  return join([raw(STATE_OF), ...target.services.map((service) => logScript(target, service))]);
}

/** `state_of`: fills `$state` with the second word of the line in `$status` that begins with `$unit`. */
const STATE_OF = `newline='
'
state_of() {
  state=
  case "$newline$status" in *"$newline$unit "*) ;; *) return 0 ;; esac
  state=$newline$status
  state=\${state#*"$newline$unit "}
  state=\${state%%"$newline"*}
  state=\${state#"\${state%%[! ]*}"}
  state=\${state%% *}
}`;

function logScript(target: Target, service: Service): Script {
  const unit = unitOf(service);
  const file = target.installer.kind === 'venv' ? service.venvLog : service.containerLog;
  const last = raw(`tail -n 20 | tr -d '\\000-\\010\\013-\\037' | cut -c1-500`);
  return sh`unit=${unit}
state_of
case "$settled $verdict " in *" $unit "*) state=restless ;; esac
if [ "$state" != RUNNING ]; then
  put ${`logName.${service.name}`} ${file}
  show ${`log.${service.name}`} 0 "$(tail -n 20 ${`${target.paths.log}/${file}`} 2>/dev/null | ${last})"
  if [ -n "$state" ]; then ask tail -4000 "$unit" stderr; show ${`stderr.${service.name}`} "$code" "$(printf '%s\\n' "$out" | ${last})"; fi
fi`;
}
