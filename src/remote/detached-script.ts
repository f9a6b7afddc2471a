import { raw, type Script, sh } from '../core/script.ts';
import { fenced, type Holder, type LockMode } from './fence.ts';
import { END_SESSION } from './session.ts';
import { STEP_PROCESS } from './step-process.ts';

/** Why a step is to be ended; becomes the content of its `exit` file. */
export type EndReason = 'timeout' | 'cancel';

export interface StepScriptOptions {
  readonly holder: Holder;
  /** Starts each line the script says to the worker: one on stdout before the log, one on stderr after it. */
  readonly token: string;
  readonly lock: LockMode;
  /** Name of the step's folder. */
  readonly step: string;
  /** The step itself, as text without secrets. */
  readonly script: string;
  readonly shell: 'sh' | 'login';
  /** Name of the last file of the archive on stdin, or undefined when nothing is sent along. */
  readonly seal: string | undefined;
  /** Bytes of the log that the worker has already. */
  readonly offset: number;
  /** Ends the step instead of starting it. */
  readonly ending?: { readonly reason: EndReason; readonly graceMs: number };
}

/**
 * One script that starts a step or finds it, follows its log and tells its exit code.
 *
 * `runs/JOB/STEP/` appears by a rename that cannot replace a folder, made by the very process that is to run the
 * step, with its own pid inside: so a step that is there was started once, and one that is not there never was.
 * That process alone holds the writing end of a pipe, so that whoever started it learns of its end at once.
 * It says `started AGE`, `attached AGE` or `finished AGE` (seconds), the log from the offset on, and then
 * `exit CODE SIZE` or, when the process is gone without a result, `gone SIZE`. It says neither when only `tail` has
 * ended: whoever follows asks again.
 */
export function stepScript(options: StepScriptOptions): Script {
  const { holder, token, lock, step, script, shell, seal, offset, ending } = options;
  return sh`{ read -r _; read -r word mask; } </proc/self/status
# Kernels before 4.7 do not tell it there.
[ "$word" = Umask: ] || mask=$(umask)
${fenced(holder, token)}
run=$ops/runs/$job
dir=$run/${step}
new=$run/.${step}.$$
staging=$run/staging
shell=${shell}
next=${offset + 1}
ending=${ending?.reason ?? ''}
grace=${Math.ceil((ending?.graceMs ?? 0) / 100)}
seal=${seal ?? ''}
write_script() { printf '%s\\n' ${script} >"$new/script"; }
write_runner() { printf '%s\\n' ${RUNNER} >"$new/run"; }
${END_SESSION}
${STEP_PROCESS}
${FUNCTIONS}
${raw(lock === 'acquire' ? 'claim' : 'hold')}
state=attached
if [ -n "$ending" ]; then end_step; elif [ ! -d "$dir" ]; then start_step; fi
follow_step`;
}

/**
 * Runs on the site as leader of its own session. The exit file is written into space that was taken before the step
 * began, so that a full disk cannot hide the result. A login shell's profile may print what it likes: only the step
 * itself writes to the log, and nothing that it leaves behind holds the pipe (descriptor 7) open.
 */
const RUNNER = `new=$1
dir=$2
JAWS_OPS_STAGING=$3
mask=$4
shell=$5
export JAWS_OPS_STAGING
read -r stat </proc/$$/stat
set -- \${stat##*) }
read -r boot </proc/sys/kernel/random/boot_id
read -r host </proc/sys/kernel/hostname
read -r up rest </proc/uptime
printf '%s\\nstart=%s boot=%s host=%s up=%s\\n' "$$" "\${20}" "$boot" "$host" "\${up%%.*}" >"$new/pid" || exit 1
mv -T -- "$new" "$dir" || exit 1
exec >>"$dir/log" 2>&1
umask "$mask"
case $shell in
login) bash -l -c 'exec >&8 2>&8 8>&-
(. "$0")' "$dir/script" 8>&1 7>&- >/dev/null 2>&1 ;;
*) sh "$dir/script" 7>&- ;;
esac
code=$?
printf '%-4s\\n' "$code" 1<>"$dir/exit.new"
mv -f -- "$dir/exit.new" "$dir/exit"`;

const FUNCTIONS = raw(`unpack() {
  [ -n "$seal" ] || return 0
  tar -xpf - -C "$staging" --no-same-owner || halt failed "cannot unpack the files of the step in $staging"
  [ -f "$staging/$seal" ] || halt failed 'the files of the step arrived cut'
  rm -f -- "$staging/$seal"
}
start_step() {
  [ -d "$staging" ] || mkdir -p -- "$staging" || halt failed "cannot create $staging"
  unpack
  [ ! -e "$new" ] || rm -rf -- "$new"
  mkdir -- "$new" && write_script && write_runner && printf '????\\n' >"$new/exit.new" && : >"$new/log" ||
    halt failed "cannot write to $new"
  hold
  make_pipe
  refusal=$({ setsid sh "$new/run" "$new" "$dir" "$staging" "$mask" "$shell" </dev/null 2>&1 7>&5 5<&- 6<&- & })
  exec 5<&-
  state=started
  if [ -d "$new" ]; then
    state=attached
    rm -rf -- "$new"
  fi
  [ -d "$dir" ] || halt failed "cannot start the step: $refusal"
}
# Descriptor 6 reads from a pipe with a name, which goes at the end of the run. A file system may have none: then
# the step is asked for again and again.
make_pipe() {
  pipe=$run/.ended.$$
  # Opened for both, so that neither end waits for the other; \`command\` makes a failure one that can be answered.
  if mkfifo -- "$pipe" 2>/dev/null && { command exec 5<>"$pipe"; } 2>/dev/null; then
    exec 6<"$pipe"
  else
    pipe=/dev/null
    exec 5</dev/null 6</dev/null
  fi
}
end_step() {
  if [ ! -d "$dir" ]; then
    # Where nothing was started, nothing can be started late either.
    mkdir -p -- "$new" && : >"$new/log" && printf '%s\\n' "$ending" >"$new/exit" && mv -T -- "$new" "$dir" 2>/dev/null
    rm -rf -- "$new"
  fi
  [ ! -f "$dir/exit" ] || return 0
  load_run
  [ "$run_host" = "$here" ] || halt elsewhere "$run_host"
  alive || return 0
  end_session "$run_pid" "$grace" || halt stuck "$run_pid"
  [ -f "$dir/exit" ] || { printf '%s\\n' "$ending" >"$dir/exit.end" && mv -f -- "$dir/exit.end" "$dir/exit"; }
}
wait_for_step() {
  # Nobody writes to the pipe; it ends with the process that was started.
  if [ "$state" = started ] && [ "$pipe" != /dev/null ]; then
    read -r _ <&6
    return
  fi
  rounds=0
  while [ ! -f "$dir/exit" ] && alive; do
    rounds=$((rounds + 1))
    if [ "$rounds" -lt 20 ]; then sleep 0.05; else sleep 0.2; fi
  done
}
follow_step() {
  load_run
  age=0
  [ "$state" = started ] || tell_age
  if [ -f "$dir/exit" ] && [ "$state" = attached ]; then state=finished; fi
  say "$state" "$age"
  if [ -f "$dir/exit" ]; then
    tail -c "+$next" -- "$dir/log"
  else
    wait_for_step &
    waiter=$!
    tail -c "+$next" -f -s 0.02 --pid="$waiter" -- "$dir/log"
    kill "$waiter" 2>/dev/null
    wait "$waiter"
  fi
  # Tells what was not sent: a connection may be cut, and what another host has written may be seen late.
  size=$(wc -c <"$dir/log")
  if [ ! -f "$dir/exit" ] && alive; then return; fi
  if [ -f "$dir/exit" ]; then
    read -r code <"$dir/exit"
    say exit "$code" "$size" >&2
  else
    say gone "$size" >&2
  fi
}`);
