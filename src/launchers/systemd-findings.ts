import type { Finding } from '../core/finding.ts';
import { matchesGlob } from '../core/glob.ts';
import { conditionOf, type ServiceStatus } from '../core/service.ts';
import type { Target } from '../core/target.ts';
import type { Launched } from './launcher.ts';
import type { SystemdFacts } from './systemd-observe.ts';
import { conditionHost } from './systemd-options.ts';
import { serviceStatuses } from './systemd-status.ts';
import { unitOf, unitsOf } from './systemd-units.ts';

/** What the facts say about the target as a whole. */
export function launchedOf(target: Target, facts: SystemdFacts): Launched {
  return { ...judge(target, facts), ...(facts.logs.length === 0 ? {} : { logs: facts.logs }) };
}

function judge(target: Target, facts: SystemdFacts): Launched {
  const every = (condition: ServiceStatus['condition']): readonly ServiceStatus[] =>
    target.services.map((service) => ({ service: service.name, unit: unitOf(target, service), condition }));
  switch (facts.answer) {
    case 'answered': {
      const services = serviceStatuses(target, facts);
      const unmet = services.find(({ detail }) => detail?.startsWith('not started: '))?.detail;
      return {
        condition: conditionOf(services),
        services,
        ...(unmet === undefined ? {} : { detail: unmet }),
      };
    }
    case 'no-manager': {
      const detail = noManager(facts);
      if (facts.files.length === 0) return { condition: 'not-installed', services: every('missing'), detail };
      return { condition: 'supervisor-down', services: every('stopped'), detail };
    }
    case 'no-tool':
      return { condition: 'unknown', services: every('unknown'), detail: 'there is no systemctl' };
    default:
      return { condition: 'unknown', services: every('unknown'), detail: lastLine(facts.said) };
  }
}

function noManager({ account, linger }: SystemdFacts): string {
  return `no systemd of ${account} runs${linger === false ? ', as lingering is off' : ''}`;
}

function lastLine(text: string | undefined): string {
  return text?.trim().split('\n').at(-1)?.slice(0, 300) ?? 'no answer';
}

/** Whether a deploy may go ahead: what would keep units from starting is a failure here, before anything is touched. */
export function findingsOf(target: Target, facts: SystemdFacts): readonly Finding[] {
  return [
    managerFinding(facts),
    ...lingerFindings(facts),
    ...hostFindings(target, facts),
    ...listed(
      'orphan units',
      'of services that JAWS Site no longer has, which will be stopped and removed',
      facts.orphans.filter((unit) => !unitsOf(target).includes(unit)),
    ),
    ...listed(
      'leftover processes',
      'run from this install outside its units, and will be left alone',
      facts.strays.map((stray) => `pid ${stray.slice(0, 120)}`),
    ),
  ];
}

const SUBJECT = 'systemd';

function managerFinding(facts: SystemdFacts): Finding {
  const { account, said } = facts;
  const fail = (message: string, next: string): Finding => ({
    level: 'fail',
    subject: SUBJECT,
    message,
    next,
  });
  switch (facts.answer) {
    case 'answered':
      return { level: 'ok', subject: SUBJECT, message: `that of ${account} answers` };
    case 'no-manager':
      return fail(noManager(facts), lingerRemedy(account));
    case 'denied':
      return fail(
        `that of ${account} refuses us: ${lastLine(said)}`,
        `Look at the owner of /run/user and of what runs there for ${account}.`,
      );
    case 'no-tool':
      return fail('there is no systemctl', 'Choose another launch tool for this site.');
    default:
      return fail(`systemctl does not work: ${lastLine(said)}`, 'Look at its output at the site.');
  }
}

function lingerRemedy(account: string): string {
  return `As root at the site: loginctl enable-linger ${account}`;
}

function lingerFindings({ account, linger, answer }: SystemdFacts): readonly Finding[] {
  if (answer !== 'answered' || linger === undefined) return [];
  if (linger) return [{ level: 'ok', subject: 'lingering', message: 'on' }];
  return [
    {
      level: 'warn',
      subject: 'lingering',
      message: `off for ${account}: services end with its last login and do not come back after a reboot; as root: loginctl enable-linger ${account}`,
      next: lingerRemedy(account),
    },
  ];
}

/** Pattern of a machine id, which a ConditionHost may be as well. */
const MACHINE_ID = /^[0-9a-f]{32}$/i;

function hostFindings(target: Target, { host }: SystemdFacts): readonly Finding[] {
  const pattern = conditionHost(target);
  if (pattern === '' || MACHINE_ID.test(pattern)) return [];
  if (matchesGlob(host, pattern)) return [{ level: 'ok', subject: 'ConditionHost', message: host }];
  return [
    {
      level: 'fail',
      subject: 'ConditionHost',
      message: `units for ${pattern} would not start here, on ${host}`,
      next: `Correct launcher.conditionHost in config/sites/${target.site}.yaml.`,
    },
  ];
}

function listed(subject: string, what: string, names: readonly string[]): readonly Finding[] {
  return names.length === 0 ? [] : [{ level: 'warn', subject, message: `${what}: ${names.join('; ')}` }];
}
