import { join, raw, type Script, sh } from '../core/script.ts';
import { sitePath } from '../core/site-path.ts';
import type { Target } from '../core/target.ts';
import type { Runner } from '../core/upkeep.ts';

/** A runner that we can start ourselves. */
export type OwnRunner = Exclude<Runner, { kind: 'contact' }>;

/** Name of the Slurm job of a site's runner. */
export function runnerJob(target: Target): string {
  return `jaws_${target.site}_gitlab_runner`;
}

/** Seconds a runner that was just started gets until it counts as down. */
const ALIVE_SEC = 30;
/** Seconds it must be seen without a break: one that fails at once is there for a moment. */
const STEADY_SEC = 3;

/**
 * `runners`: prints a line for each runner of this account: `pid PID` of a process, `job ID STATE REASON` of a Slurm
 * job by its exact name. Told by the program's own name, since operators start it by hand under a relative path.
 */
export function runnersFunction(target: Target, runner: OwnRunner): Script {
  if (runner.kind === 'slurm') {
    return sh`runners() {
  squeue --noheader --user="$(id -un)" --name=${runnerJob(target)} --states=running,pending --format='job %i %T %R'
}`;
  }
  const name = runner.command.slice(runner.command.lastIndexOf('/') + 1);
  return sh`runners() {
  ps -u "$(id -u)" -o pid= -o stat= -o args= | awk -v name=${name} '
    $2 ~ /^Z/ { next }
    { for (i = 3; i <= 4; i++) { n = split($i, part, "/"); if (part[n] == name && $(i + 1) == "run") { print "pid " $1; next } } }'
}`;
}

/** Starts the runner unless one is there. Its output goes to its log; it outlives the step. */
export function startRunnerScript(target: Target, runner: OwnRunner): Script {
  return join([
    runnersFunction(target, runner),
    raw(`found=$(runners) || fail "it cannot be told whether a runner is there: $found"
if [ -n "$found" ]; then did "is there already: $found"; exit 0; fi
LC_ALL=C.UTF-8; LANG=C.UTF-8; export LC_ALL LANG`),
    sh`command=${sitePath(runner.command)} || exit 1
config=${sitePath(runner.config)} || exit 1
log=${sitePath(runner.log)} || exit 1
folder=${runner.folder === undefined ? raw('$HOME') : sitePath(runner.folder)} || exit 1`,
    raw(`cd "$folder" || fail "$folder: cannot be entered"
[ -x "$command" ] || fail "$command: is missing or not executable"
[ -r "$config" ] || fail "$config: is missing or cannot be read"`),
    runner.kind === 'slurm' ? submitScript(target, runner) : nohupScript(runner),
  ]);
}

function nohupScript({ load }: OwnRunner): Script {
  return join([
    load === ''
      ? raw(':')
      : sh`said=$( { eval ${load}; } 2>&1 ) || fail ${`${load}: `}"$said"
eval ${load} >/dev/null 2>&1`,
    raw(`nohup setsid "$command" run -c "$config" >>"$log" 2>&1 </dev/null &
did "started, its output goes to $log"`),
  ]);
}

function submitScript(target: Target, { load, sbatch }: OwnRunner): Script {
  const before = load === '' ? '' : `${load}\n`;
  return sh`for name in $(env | sed -n 's/^\\(SLURM_[A-Za-z0-9_]*\\)=.*/\\1/p'); do unset "$name"; done
script=$(printf '#!/bin/bash -l\\n%sexec "$JAWS_RUNNER" run -c "$JAWS_RUNNER_CONFIG"\\n' ${before})
JAWS_RUNNER=$command JAWS_RUNNER_CONFIG=$config
export JAWS_RUNNER JAWS_RUNNER_CONFIG
said=$(printf '%s\\n' "$script" | sbatch --parsable --job-name=${runnerJob(target)} --dependency=singleton --export=ALL --output="$log" ${sbatch} 2>&1) || fail "sbatch: $said"
did "submitted as job $said, its output goes to $log"`;
}

/** Records each `runner`, after waiting until one is there and stays, when `wait` is asked for. */
export function aliveScript(target: Target, runner: OwnRunner, wait: boolean): Script {
  const steady = runner.kind === 'slurm' ? 1 : STEADY_SEC;
  return join([
    runnersFunction(target, runner),
    wait
      ? sh`end=$(($(date +%s) + ${ALIVE_SEC}))
seen=0
while [ "$(date +%s)" -lt "$end" ] && [ "$seen" -le ${steady} ]; do
  if [ -n "$(runners 2>/dev/null)" ]; then seen=$((seen + 1)); else seen=0; fi
  sleep 1
done`
      : raw(':'),
    sh`code=0
found=$(runners 2>&1) || code=$?
if [ "$code" -ne 0 ]; then show problem "$code" "$found"
else printf '%s\\n' "$found" | while read -r line; do [ -z "$line" ] || put runner "$line"; done
fi
log=${sitePath(runner.log)}
show log 0 "$(tail -n 20 "$log" 2>/dev/null | tr -d '\\000-\\010\\013-\\037' | cut -b 1-500)"`,
  ]);
}
