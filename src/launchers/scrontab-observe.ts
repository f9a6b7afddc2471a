import type { Fact } from '../core/fact.ts';
import { parseRecord, recorded } from '../core/record.ts';
import { join, raw, type Script, sh } from '../core/script.ts';
import { sitePath } from '../core/site-path.ts';
import type { Target } from '../core/target.ts';
import { type ScrontabOptions, scrontabOptions } from './scrontab-options.ts';
import { blockMarks, jobName, scrontabPaths } from './scrontab-paths.ts';
import { type Job, parseJobs } from './scrontab-queue.ts';
import { type Outlook, outlookOf } from './scrontab-reservations.ts';
import { askFunction, queueFunction, wayFunction } from './scrontab-shell.ts';
import { parseTable, type Table } from './scrontab-table.ts';
import { lookFunctions, lookScript, parseLook, type SupervisordFacts } from './supervisord-observe.ts';

/** What is observed of the Slurm job and the supervisord in it. */
export interface ScrontabFacts {
  /** Programs of Slurm and DNS that the account does not find. */
  readonly lacking: readonly string[];
  /** Jobs with exactly our name; undefined when the queue cannot be asked. */
  readonly jobs?: readonly Job[];
  /** What squeue said when it could not be asked. */
  readonly queueSaid?: string;
  readonly outlook: Outlook;
  /** What the DNS name answers, and the address of the running job's node; empty when unknown. */
  readonly answers: string;
  readonly address: string;
  /** How supervisorctl reached supervisord. */
  readonly way: 'none' | 'direct' | 'srun';
  readonly table: Table;
  /** What `scrontab -l` said when it failed. */
  readonly tableSaid?: string;
  /** Whether the TSIG key can be read; undefined where none is configured. */
  readonly key?: boolean;
  readonly supervisord: SupervisordFacts;
}

/** The read-only look at queue, reservations, DNS, scrontab and supervisord, in one script. */
export function observeScrontab(target: Target): Fact<ScrontabFacts> {
  const options = scrontabOptions(target);
  return {
    name: 'scrontab',
    script: recorded(
      join([scrontabFunctions(target), slurmScript(target, options), lookScript(target), WAY]),
    ),
    parse: (stdout) => parseScrontab(target, options, stdout),
  };
}

/**
 * What the looks at supervisord call. Its processes are on another host than the login node, so nothing is said of
 * them: `alive`, `holder` and `own_processes` of this tool see nothing.
 */
export function scrontabFunctions(target: Target): Script {
  return join([
    lookFunctions(target),
    queueFunction(target),
    wayFunction(target),
    askFunction(target),
    raw('alive() { return 1; }\nholder() { :; }\nown_processes() { :; }'),
  ]);
}

/** Records everything of Slurm; leaves `$job`, `$node` and `$way`. */
export function slurmScript(target: Target, options: ScrontabOptions): Script {
  const key = target.env.values['TSIGPATH'] ?? '';
  const words = options.reservations.flatMap((word) => ['-e', word]);
  return sh`for tool in squeue sbatch scancel srun scontrol scrontab; do command -v "$tool" >/dev/null 2>&1 || put lacking "$tool"; done
put now "$(date +%Y-%m-%dT%H:%M:%S)"
code=0
seen=$(queue) || code=$?
show queue "$code" "$seen"
show reservations 0 "$(scontrol show reservation --oneliner 2>/dev/null | grep -F ${words})"
code=0
seen=$(scrontab -l 2>&1) || code=$?
show table "$code" "$seen"
${key === '' ? sh`:` : sh`if key=$({ printf '%s\\n' ${sitePath(key)}; } 2>/dev/null) && [ -r "$key" ]; then put key yes; else put key no; fi`}
own_job
find_way`;
}

/** @throws OpsError('site.output') when the script did not get to its end or said something unknown. */
export function parseScrontab(target: Target, options: ScrontabOptions, stdout: string): ScrontabFacts {
  const record = parseRecord(stdout, `${target.id}: scrontab`);
  const queue = record.text('queue');
  const table = record.text('table');
  const said = table?.lines.join('\n') ?? '';
  const noTable = table?.code !== 0;
  const tableFailed = noTable && !/no crontab/i.test(said);
  const way = record.value('way');
  const key = record.value('key');
  return {
    lacking: record.values('lacking'),
    ...(queue?.code === 0
      ? { jobs: parseJobs(queue.lines, jobName(target)) }
      : { queueSaid: queue?.lines.join('\n') ?? '' }),
    outlook: outlookOf(
      record.text('reservations')?.lines ?? [],
      record.value('now') ?? '',
      options.reservations,
      options.reservationBufferMin,
    ),
    answers: record.value('answers') ?? '',
    address: record.value('address') ?? '',
    way: way === 'direct' || way === 'srun' ? way : 'none',
    table: parseTable(noTable ? [] : (table?.lines ?? []), blockMarks(target), scrontabPaths(target).starter),
    ...(tableFailed ? { tableSaid: said } : {}),
    ...(key === undefined ? {} : { key: key === 'yes' }),
    supervisord: parseLook(target, stdout),
  };
}

/** Records how supervisord was reached, after it was asked: the way may have changed in between. */
export const WAY: Script = raw('put way "$way"\nput answers "$answers"\nput address "$address"');
