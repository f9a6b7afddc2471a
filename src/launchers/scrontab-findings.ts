import type { Finding } from '../core/finding.ts';
import { conditionOf, type ServiceStatus, SUPERVISOR_GROUP } from '../core/service.ts';
import type { Target } from '../core/target.ts';
import type { Launched } from './launcher.ts';
import type { ScrontabFacts } from './scrontab-observe.ts';
import { dnsName, jobName, scrontabPaths } from './scrontab-paths.ts';
import { describePending, pendingJob, runningJob } from './scrontab-queue.ts';
import { unitOf } from './supervisord-paths.ts';
import { otherGroups, serviceStatuses } from './supervisord-status.ts';

/** What the facts say about the target as a whole. */
export function launchedOf(target: Target, facts: ScrontabFacts): Launched {
  const { logs } = facts.supervisord;
  return { ...judge(target, facts), ...(logs.length === 0 ? {} : { logs }) };
}

function judge(target: Target, facts: ScrontabFacts): Launched {
  const { jobs, supervisord } = facts;
  const every = (condition: ServiceStatus['condition'], detail?: string): readonly ServiceStatus[] =>
    target.services.map((service) => ({
      service: service.name,
      unit: unitOf(service),
      condition,
      ...(detail === undefined ? {} : { detail }),
    }));
  const unknown = (detail: string): Launched => ({
    condition: 'unknown',
    services: every('unknown'),
    detail,
  });
  if (jobs === undefined) {
    if (facts.lacking.length > 0) return unknown(`the account does not find ${facts.lacking.join(', ')}`);
    return unknown(`squeue cannot be asked: ${facts.queueSaid ?? 'no answer'}`);
  }
  const running = runningJob(jobs);
  if (!running) {
    const pending = pendingJob(jobs);
    if (!pending && !supervisord.conf)
      return { condition: 'not-installed', services: every('missing'), detail: 'no Slurm job, no files' };
    const ending = jobs.length > 0 ? `Slurm job ${jobs[0]?.id} is ending` : 'no Slurm job';
    const detail = pending ? describePending(pending) : withOutlook(ending, facts);
    return { condition: 'supervisor-down', services: every('stopped', detail), detail };
  }
  const where = `Slurm job ${running.id} on ${running.node}`;
  switch (supervisord.answer) {
    case 'answered': {
      const services = serviceStatuses(target, supervisord);
      if (services.every(({ condition }) => condition === 'missing')) {
        const detail = `supervisord in ${where} does not know the group ${SUPERVISOR_GROUP}`;
        return { condition: supervisord.siteConf ? 'stopped' : 'not-installed', services, detail };
      }
      const detail = stale(target, facts) ?? several(facts);
      return { condition: conditionOf(services), services, ...(detail === undefined ? {} : { detail }) };
    }
    case 'refused':
      return {
        condition: 'supervisor-down',
        services: every('stopped', `${where} runs, but no supervisord in it yet`),
        detail: `${where} runs, but no supervisord answers in it`,
      };
    case 'denied':
      return unknown(`supervisord in ${where} refuses the password in supervisor.conf`);
    default:
      return unknown(
        `${where}: ${supervisord.said?.trim().split('\n').at(-1) ?? 'supervisord cannot be asked'}`,
      );
  }
}

function withOutlook(text: string, { outlook }: ScrontabFacts): string {
  return outlook.refusal === undefined ? text : `${text}; in maintenance: ${outlook.refusal}`;
}

/** Says that the DNS name does not lead to the job; undefined when it does. */
function stale(target: Target, { way, answers, address }: ScrontabFacts): string | undefined {
  const host = dnsName(target);
  if (way !== 'srun' || host === '') return undefined;
  return `${host} answers ${answers || 'nothing'}, the job's node is ${address || 'unknown'}: reached by srun`;
}

function several({ jobs = [] }: ScrontabFacts): string | undefined {
  const live = jobs.filter(({ state }) => state !== 'COMPLETING');
  if (live.length < 2) return undefined;
  return `${live.length} Slurm jobs, expected one: ${live.map(({ id, state }) => `${id} ${state.toLowerCase()}`).join(', ')}`;
}

/** Whether a deploy may go ahead: what would keep the job from starting is a failure here, before anything is touched. */
export function findingsOf(target: Target, facts: ScrontabFacts): readonly Finding[] {
  return [
    ...toolFindings(facts),
    jobFinding(target, facts),
    ...outlookFindings(facts),
    ...keyFindings(target, facts),
    ...tableFindings(target, facts),
    ...venvFindings(target, facts),
    ...supervisordFindings(target, facts),
  ];
}

function toolFindings({ lacking }: ScrontabFacts): readonly Finding[] {
  if (lacking.length === 0) return [];
  return [
    {
      level: 'fail',
      subject: 'Slurm',
      message: `the account does not find ${lacking.join(', ')}`,
      next: 'Look at its PATH at the site, and whether the host is a login node.',
    },
  ];
}

function jobFinding(target: Target, facts: ScrontabFacts): Finding {
  const subject = 'Slurm job';
  const { jobs } = facts;
  if (jobs === undefined) {
    return {
      level: 'fail',
      subject,
      message: `squeue cannot be asked: ${facts.queueSaid ?? 'no answer'}`,
      next: 'Look whether Slurm is in maintenance.',
    };
  }
  const count = several(facts);
  if (count !== undefined) return { level: 'warn', subject, message: `${count}; all but one will go` };
  const running = runningJob(jobs);
  if (running) return { level: 'ok', subject, message: `${running.id} runs on ${running.node}` };
  const pending = pendingJob(jobs);
  if (pending) return { level: 'warn', subject, message: describePending(pending) };
  return { level: 'warn', subject, message: `no ${jobName(target)} in the queue, one will be submitted` };
}

function outlookFindings({ outlook }: ScrontabFacts): readonly Finding[] {
  const subject = 'maintenance';
  const unreadable = outlook.unreadable.map(
    (name): Finding => ({
      level: 'warn',
      subject,
      message: `the start of reservation ${name} cannot be read: it is passed over`,
    }),
  );
  if (outlook.refusal !== undefined) {
    return [
      ...unreadable,
      {
        level: 'fail',
        subject,
        message: `in maintenance: ${outlook.refusal}`,
        next: 'Deploy after the maintenance: a job that is submitted now would not start.',
      },
    ];
  }
  if (outlook.leftMin === undefined) return unreadable;
  const message = `begins in ${Math.round(outlook.leftMin / 60)} h or a little later; the job may be cut to end before it`;
  return [...unreadable, { level: 'ok', subject, message }];
}

function keyFindings(target: Target, { key }: ScrontabFacts): readonly Finding[] {
  if (key !== false) return [];
  return [
    {
      level: 'fail',
      subject: 'DNS key',
      message: `${target.env.values['TSIGPATH']} cannot be read, so ${dnsName(target)} could not be updated`,
      next: `Put the TSIG key there, or correct TSIGPATH in config/sites/${target.site}.yaml.`,
    },
  ];
}

function tableFindings(target: Target, { table, tableSaid }: ScrontabFacts): readonly Finding[] {
  const subject = 'scrontab';
  const findings: Finding[] = [];
  if (tableSaid !== undefined) {
    findings.push({
      level: 'fail',
      subject,
      message: `scrontab -l does not work: ${tableSaid}`,
      next: 'Look whether scrontab is enabled on this host.',
    });
  }
  if (table.block === 'disabled') {
    findings.push({
      level: 'warn',
      subject,
      message: 'Slurm has commented the entry of this deployment out; it will be restored',
    });
  }
  if (table.strangers.length > 0) {
    findings.push({
      level: 'warn',
      subject,
      message: `${table.strangers.length} other line(s) run ${scrontabPaths(target).starter}: ${table.strangers.join('; ')}`,
      next: 'Take them out by scrontab -e: the marked block does the same, and goes when services are stopped.',
    });
  }
  if (table.disabled.length > 0) {
    findings.push({
      level: 'warn',
      subject,
      message: `other entries that Slurm has commented out, left alone: ${table.disabled.join('; ')}`,
    });
  }
  return findings;
}

function venvFindings(target: Target, { supervisord }: ScrontabFacts): readonly Finding[] {
  const subject = "supervisord's venv";
  if (supervisord.venv === 'ok')
    return [
      {
        level: 'ok',
        subject,
        message: `supervisor ${supervisord.supervisorVersion ?? 'of unknown version'}`,
      },
    ];
  if (supervisord.pythonProblem !== undefined) {
    return [
      {
        level: 'fail',
        subject,
        message: `must be built, but ${supervisord.pythonProblem}`,
        next: `Correct JAWS_LOAD_PYTHON or JAWS_PYTHON in config/sites/${target.site}.yaml.`,
      },
    ];
  }
  const why =
    supervisord.venv === 'other' ? 'holds another package than the configured one' : `is ${supervisord.venv}`;
  return [{ level: 'warn', subject, message: `${why} and will be built` }];
}

/** The job ends with a stop and takes everything in it along, so an unwilling supervisord is no obstacle. */
function supervisordFindings(target: Target, facts: ScrontabFacts): readonly Finding[] {
  const findings: Finding[] = [];
  const message = stale(target, facts);
  if (message !== undefined) findings.push({ level: 'warn', subject: 'DNS', message });
  const others = otherGroups(facts.supervisord.processes);
  if (others.length > 0) {
    findings.push({
      level: 'warn',
      subject: 'other groups',
      message: `end with the job and start with the next one: ${others.join(', ')}`,
    });
  }
  return findings;
}
