import { raw, type Script } from '../core/script.ts';

/**
 * Shell functions that tell what became of the process of a step, from the `pid` in its folder `$dir` below
 * `$ops/runs/JOB/`: `load_run` fills `run_pid`, `run_start`, `run_boot`, `run_host` and `run_up` (seconds since the
 * boot), `tell_age` fills `age` with the seconds since then, `alive` succeeds as long as it may run, `running_step JOB`
 * names a step of a job that may.
 */
export const STEP_PROCESS: Script = raw(`read -r here </proc/sys/kernel/hostname
read -r boot </proc/sys/kernel/random/boot_id
load_run() {
  run_pid=
  run_facts=
  { read -r run_pid && read -r run_facts; } 2>/dev/null <"$dir/pid"
  run_start=
  run_boot=
  run_host=$here
  run_up=
  for word in $run_facts; do
    case $word in
    start=*) run_start=\${word#start=} ;;
    boot=*) run_boot=\${word#boot=} ;;
    host=*) run_host=\${word#host=} ;;
    up=*) run_up=\${word#up=} ;;
    esac
  done
}
# By the time since the boot where it is the same one: a time of day may be set, and what is set forward would end a
# step in the middle of its work. Of a step of another host or boot the date of its file tells.
tell_age() {
  if [ -n "$run_up" ] && [ "$run_host" = "$here" ] && [ "$run_boot" = "$boot" ]; then
    read -r up rest </proc/uptime
    age=$((\${up%%.*} - run_up))
  else age=$(($(date +%s) - $(stat -c %Y -- "$dir/pid" 2>/dev/null || date +%s)))
  fi
  [ "$age" -ge 0 ] || age=0
}
# A process on another host of the site cannot be seen from here; its exit file will.
alive() {
  [ "$run_host" = "$here" ] || return 0
  [ -n "$run_pid" ] && [ "$run_boot" = "$boot" ] || return 1
  { read -r line <"/proc/$run_pid/stat"; } 2>/dev/null || return 1
  set -- \${line##*) }
  case $1 in Z | X | x) return 1 ;; esac
  [ "\${20}" = "$run_start" ]
}
# Name of a step of another job that still runs; nothing when there is none. One on another host of the site counts
# for a day: no step may take that long.
running_step() {
  case $1 in '' | */* | .*) return 0 ;; esac
  for dir in "$ops/runs/$1"/*; do
    if [ ! -f "$dir/pid" ] || [ -f "$dir/exit" ]; then continue; fi
    load_run
    tell_age
    if [ "$run_host" != "$here" ] && [ "$age" -gt 86400 ]; then continue; fi
    alive || continue
    printf '%s\\n' "\${dir##*/}"
    return 0
  done
}`);
