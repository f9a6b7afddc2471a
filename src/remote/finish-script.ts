import { raw, type Script, sh } from '../core/script.ts';
import { fenced, type Holder } from './fence.ts';
import { STEP_PROCESS } from './step-process.ts';

/** Runs of earlier jobs that stay on the site, for people who want to read their logs. */
const RUNS_KEPT = 20;

/**
 * Writes one line to the audit log (once, however often this is sent), removes what was staged and the pipes, does the
 * upkeep, releases the lock when it is this attempt's or an earlier one's of the same job, and removes old runs. Does
 * nothing of this when a later attempt has taken over. The upkeep is done under the lock, and what comes of it is not
 * the run's. The lock stays where a step of the job may still run: whoever comes next is told
 * which one, and takes the lock over once it has ended. Says `tidied yes` when the lock was released, else `tidied no`.
 */
export function finishScript(holder: Holder, token: string, auditLine: string, upkeep?: Script): Script {
  return sh`${fenced(holder, token)}
${STEP_PROCESS}
line=${auditLine.replace(/[\r\n]+/g, ' ')}
make_ops
read_owner
if [ "$owner_job" = "$job" ] && [ "$owner_attempt" -gt "$attempt" ]; then halt tidied no; fi
audited=no
grep -qxF -- "$line" "$ops/audit.log" 2>/dev/null || printf '%s\\n' "$line" >>"$ops/audit.log" && audited=yes
live=$(running_step "$job")
[ -n "$live" ] || rm -rf -- "$ops/runs/$job/staging" "$ops/runs/$job"/.ended.*
released=no
if [ "$owner_job" = "$job" ] && [ -z "$live" ]; then
  ${upkeep === undefined ? raw(':') : upkeepScript(upkeep)}
  if [ "$owner_job" = "$job" ] && [ "$owner_attempt" -le "$attempt" ]; then
    mv -T -- "$lock" "$ops/.lock.$$" && rm -rf -- "$ops/.lock.$$" && released=yes
  fi
fi
${raw(`ls -1t -- "$ops/runs" 2>/dev/null | tail -n +${RUNS_KEPT + 1}`)} | while read -r old; do
  if [ "$old" != "$job" ] && [ "$old" != "$owner_job" ]; then rm -rf -- "$ops/runs/$old"; fi
done
[ "$audited" = yes ] || halt failed "cannot write $ops/audit.log"
halt tidied "$released"`;
}

/** It may take minutes, in which whoever sent this may have asked again without it, and the lock be another's. */
function upkeepScript(upkeep: Script): Script {
  return sh`(
${upkeep}
) </dev/null >/dev/null 2>&1
  read_owner`;
}
