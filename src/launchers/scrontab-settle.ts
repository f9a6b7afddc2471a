import type { Fact } from '../core/fact.ts';
import { recorded } from '../core/record.ts';
import { join, type Script, sh } from '../core/script.ts';
import type { Target } from '../core/target.ts';
import {
  parseScrontab,
  type ScrontabFacts,
  scrontabFunctions,
  slurmScript,
  WAY,
} from './scrontab-observe.ts';
import { type ScrontabOptions, scrontabOptions } from './scrontab-options.ts';
import { dnsName } from './scrontab-paths.ts';
import { lookScript } from './supervisord-observe.ts';
import { logsScript, verdictScript } from './supervisord-settle.ts';

/**
 * Looks again and again until the job runs, every service has settled and the DNS name points to the job's node; or
 * until a service has failed, no job is left, or the limit is reached. A name that stays wrong does not hold it up for
 * longer than configured: supervisord is reached through srun then.
 */
export function settleScrontab(target: Target): Fact<ScrontabFacts> {
  const options = scrontabOptions(target);
  return {
    name: 'scrontab',
    script: recorded(
      join([
        scrontabFunctions(target),
        pollScript(target, options),
        slurmScript(target, options),
        lookScript(target),
        WAY,
        logsScript(target),
      ]),
    ),
    parse: (stdout) => parseScrontab(target, options, stdout),
  };
}

function pollScript(target: Target, { limitSec, dns }: ScrontabOptions): Script {
  return sh`end=$(($(date +%s) + ${limitSec}))
before=none
verdict=
gone=0
named=
settled=no
while [ "$(date +%s)" -lt "$end" ]; do
  pause=1
  if [ -z "$(queue)" ]; then
    gone=$((gone + 1))
    [ "$gone" -lt 3 ] || break
  else gone=0
  fi
  own_job
  find_way
  if [ "$way" != none ]; then
    ${verdictScript(target, 'elsewhere')}
    case "$verdict" in fatal*) settled=failed; break ;; esac
    if [ "$verdict" = "rest ;$before" ]; then
      settled=yes
      [ "$way" != ${dnsName(target) === '' ? 'srun' : 'direct'} ] || break
      named=\${named:-$(($(date +%s) + ${dns.waitSec}))}
      [ "$(date +%s)" -lt "$named" ] || break
    fi
    before=\${verdict#*;}
  fi
  sleep "\${pause:-1}"
done
put settled "$settled"`;
}
