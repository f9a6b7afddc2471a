import { randomBytes } from 'node:crypto';
import { OpsError } from '../core/errors.ts';
import { raw, type Script, sh } from '../core/script.ts';
import type { Transport } from '../core/transport.ts';
import { saidIn } from './fence.ts';
import { STEP_PROCESS } from './step-process.ts';

/** What the folder of a step at the site tells, long after whoever followed the step has gone. */
export type StepOutcome =
  /** Content of its `exit` file: an exit code, why it was ended, or {@link DECIDED}. */
  | { readonly kind: 'ended'; readonly exit: string }
  /** It may still run. On another host of the site its process cannot be seen. */
  | { readonly kind: 'running'; readonly pid: string; readonly ageSec: number; readonly elsewhere?: string }
  /** Its process is gone and has left no result. */
  | { readonly kind: 'gone' }
  /** The job has a folder and the step has none: it never began. */
  | { readonly kind: 'unbegun' }
  /** Nothing of the job is there (any more). */
  | { readonly kind: 'missing' };

/** Content of an `exit` file that stands for the word of a person. */
export const DECIDED = 'lost';

/** The step of a job that is meant. */
export interface StepPlace {
  /** Our own folder on the site, absolute. */
  readonly opsDir: string;
  readonly jobId: string;
  readonly step: string;
}

const ANSWER_MS = 60_000;

/**
 * Asks the site what became of a step. Changes nothing.
 * @throws OpsError `site.output` when the answer makes no sense, `site.unreachable` when the connection was lost over it
 */
export async function lookAtStep(site: Transport, place: StepPlace): Promise<StepOutcome> {
  const said = await ask(site, place, LOOK);
  const [first = '', second = '', third = ''] = said.text.split(' ');
  switch (said.word) {
    case 'ended':
      return { kind: 'ended', exit: first };
    case 'running':
      return { kind: 'running', pid: first, ageSec: Number(second) };
    case 'elsewhere':
      return { kind: 'running', pid: first, ageSec: Number(second), elsewhere: third };
    case 'gone':
    case 'unbegun':
    case 'missing':
      return { kind: said.word };
    default:
      throw new OpsError('site.output', `${place.opsDir}: a look at step ${place.step} gave ${said.word}`);
  }
}

/**
 * Puts a person's word in the place of the result that a step has not left, and a line into the audit log of the site.
 * A result that has come meanwhile stays. Repeatable.
 * @param auditLine one line without secrets: time, who, what
 * @throws OpsError as {@link lookAtStep}, `step.failed` when it cannot be written
 */
export async function decideStep(site: Transport, place: StepPlace, auditLine: string): Promise<void> {
  const line = auditLine.replace(/[\r\n]+/g, ' ');
  const said = await ask(site, place, sh`line=${line}\nword=${DECIDED}\n${DECIDE}`);
  if (said.word !== 'decided')
    throw new OpsError('step.failed', `${place.opsDir}/runs/${place.jobId}/${place.step}: cannot be written`);
}

async function ask(site: Transport, { opsDir, jobId, step }: StepPlace, script: Script) {
  const token = `jaws-ops-${randomBytes(8).toString('hex')}`;
  const whole = sh`token=${token}
ops=${opsDir}
run=$ops/runs/${jobId}
dir=$run/${step}
umask 077
say() { printf '%s %s\\n' "$token" "$*"; }
${STEP_PROCESS}
${script}`;
  const { stdout, exit } = await site.run(whole, { timeoutMs: ANSWER_MS });
  const said = saidIn(stdout, token);
  if (said !== undefined) return said;
  if (exit.kind === 'lost') throw new OpsError('site.unreachable', exit.reason);
  throw new OpsError('site.output', `${opsDir}: a look at step ${step} of job ${jobId} gave no answer`);
}

/** The exit file is looked for once more after the process: it may have ended in between. */
const LOOK = raw(`tell_end() {
  [ -f "$dir/exit" ] || return 1
  code=
  read -r code <"$dir/exit"
  say ended "\${code%% *}"
}
if [ ! -d "$run" ]; then say missing
elif [ ! -d "$dir" ]; then say unbegun
elif ! tell_end; then
  load_run
  tell_age
  if [ "$run_host" != "$here" ]; then say elsewhere "\${run_pid:-?}" "$age" "$run_host"
  elif alive; then say running "$run_pid" "$age"
  else tell_end || say gone
  fi
fi`);

const DECIDE = raw(`mkdir -p -- "$dir"
if printf '%s\\n' "$word" >"$dir/exit.$word" && mv -n -- "$dir/exit.$word" "$dir/exit"; then
  rm -f -- "$dir/exit.$word"
  grep -qxF -- "$line" "$ops/audit.log" 2>/dev/null || printf '%s\\n' "$line" >>"$ops/audit.log"
  say decided
else say failed
fi`);
