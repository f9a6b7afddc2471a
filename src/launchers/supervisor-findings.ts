import type { Finding } from '../core/finding.ts';
import { conditionOf, type ServiceStatus, SUPERVISOR_GROUP, type TargetCondition } from '../core/service.ts';
import type { Target } from '../core/target.ts';
import type { Launched } from './launcher.ts';
import type { SupervisordFacts } from './supervisord-observe.ts';
import { unitOf } from './supervisord-paths.ts';
import { portOf } from './supervisord-shell.ts';
import { otherGroups, serviceStatuses, strangersOf } from './supervisord-status.ts';

/** What the facts say about the target as a whole. */
export function launchedOf(target: Target, facts: SupervisordFacts): Launched {
  const { condition, detail, services } = judge(target, facts);
  return {
    condition,
    services,
    ...(detail === undefined ? {} : { detail }),
    ...(facts.logs.length === 0 ? {} : { logs: facts.logs }),
  };
}

function judge(target: Target, facts: SupervisordFacts): Launched {
  const every = (condition: ServiceStatus['condition']): readonly ServiceStatus[] =>
    target.services.map((service) => ({ service: service.name, unit: unitOf(service), condition }));
  const unsure = (detail: string): Launched => ({ condition: 'unknown', services: every('unknown'), detail });
  const lacking = missingParts(facts);
  switch (facts.answer) {
    case 'answered': {
      const services = serviceStatuses(target, facts);
      return { services, ...answeredCondition(services, facts) };
    }
    case 'denied':
      return unsure('supervisord refuses the password in supervisor.conf');
    case 'unresolved':
      return unsure("the host name of supervisord's address does not resolve");
    case 'other':
      return unsure(lastLine(facts.said));
    default:
      if (facts.pid !== undefined) {
        return unsure(
          `supervisord (pid ${facts.pid}) lives, but ${facts.answer === 'refused' ? 'refuses connections' : `cannot be asked: ${lacking}`}`,
        );
      }
      if (facts.answer === 'bad-config')
        return unsure(`supervisor.conf cannot be used: ${lastLine(facts.said)}`);
      if (facts.answer === 'refused') return { condition: 'supervisor-down', services: every('stopped') };
      return { condition: 'not-installed', services: every('missing'), detail: lacking };
  }
}

/** A supervisord that answers without knowing our group has not read its file yet, or there is none. */
function answeredCondition(
  services: readonly ServiceStatus[],
  facts: SupervisordFacts,
): { condition: TargetCondition; detail?: string } {
  if (services.some((service) => service.condition !== 'missing'))
    return { condition: conditionOf(services) };
  const detail = `supervisord runs, but does not know the group ${SUPERVISOR_GROUP}`;
  return { condition: facts.siteConf ? 'stopped' : 'not-installed', detail };
}

function missingParts(facts: SupervisordFacts): string {
  const parts = [
    ...(facts.venv === 'missing' || facts.venv === 'broken' ? [`supervisord's venv is ${facts.venv}`] : []),
    ...(facts.wrapper === 'ok'
      ? []
      : [`bin/supervisorctl is ${facts.wrapper === 'missing' ? 'missing' : 'not executable'}`]),
    ...(facts.conf ? [] : ['supervisor.conf is missing']),
  ];
  return parts.length > 0 ? parts.join(', ') : lastLine(facts.said);
}

function lastLine(text: string | undefined): string {
  return text?.trim().split('\n').at(-1)?.slice(0, 300) ?? 'no answer';
}

/** Whether a deploy may go ahead: what would make stop or start fail is a failure here, before anything is touched. */
export function findingsOf(target: Target, facts: SupervisordFacts): readonly Finding[] {
  return [
    processFinding(target, facts),
    ...venvFindings(target, facts),
    ...passwordFindings(facts),
    ...groupFindings(target, facts),
    ...orphanFindings(facts),
  ];
}

const SUBJECT = 'supervisord';

function processFinding(target: Target, facts: SupervisordFacts): Finding {
  const { paths } = target;
  const fail = (message: string, next: string): Finding => ({
    level: 'fail',
    subject: SUBJECT,
    message,
    next,
  });
  const warn = (message: string): Finding => ({ level: 'warn', subject: SUBJECT, message });
  const pid = facts.pid === undefined ? '' : `, pid ${facts.pid}`;
  switch (facts.answer) {
    case 'answered':
      return { level: 'ok', subject: SUBJECT, message: `answers${pid}` };
    case 'denied':
      return fail(
        `the one that runs${pid} refuses the password in ${paths.config}/supervisor.conf`,
        'Put the password it was started with into that file, or restart it in agreement with the teams that share it.',
      );
    case 'unresolved':
      return fail(
        'the host name of its address does not resolve at the site',
        `Look at serverurl in ${paths.config}/supervisor.conf.`,
      );
    default:
  }
  if (facts.pid !== undefined) {
    return fail(
      `lives${pid}, but cannot be asked (${facts.answer === 'refused' ? 'it refuses connections' : missingParts(facts)})`,
      `Compare serverurl and port in ${paths.config}/supervisor.conf with what it listens on.`,
    );
  }
  if (facts.portHolder !== undefined) {
    return fail(
      `port ${portOf(target)} is held by ${facts.portHolder}`,
      'End that process, or give the deployment another JAWS_SUPERVISOR_PORT.',
    );
  }
  if (facts.answer === 'refused') return warn('is down and will be started');
  if (facts.answer === 'bad-config')
    return warn(`its configuration cannot be used and will be replaced: ${lastLine(facts.said)}`);
  if (facts.answer === 'other')
    return fail(`supervisorctl does not work: ${lastLine(facts.said)}`, 'Look at its output at the site.');
  return warn(`is not set up yet and will be (${missingParts(facts)})`);
}

function venvFindings(target: Target, facts: SupervisordFacts): readonly Finding[] {
  const subject = "supervisord's venv";
  if (facts.venv === 'ok') {
    return [
      { level: 'ok', subject, message: `supervisor ${facts.supervisorVersion ?? 'of unknown version'}` },
    ];
  }
  if (facts.pythonProblem !== undefined) {
    return [
      {
        level: 'fail',
        subject,
        message: `must be built, but ${facts.pythonProblem}`,
        next: `Correct JAWS_LOAD_PYTHON or JAWS_PYTHON in config/sites/${target.site}.yaml.`,
      },
    ];
  }
  const why = facts.venv === 'other' ? 'holds another package than the configured one' : `is ${facts.venv}`;
  return [{ level: 'warn', subject, message: `${why} and will be built` }];
}

function passwordFindings(facts: SupervisordFacts): readonly Finding[] {
  if (facts.samePassword !== false || facts.pid === undefined) return [];
  return [
    {
      level: 'fail',
      subject: 'supervisor password',
      message: 'the configured one is not the one that the supervisord that runs was started with',
      next: 'Restart supervisord in agreement with the teams that share it, or put the earlier password back.',
    },
  ];
}

function groupFindings(target: Target, facts: SupervisordFacts): readonly Finding[] {
  const strangers = strangersOf(target, facts.processes);
  const others = otherGroups(facts.processes);
  return [
    ...(strangers.length === 0
      ? []
      : [
          {
            level: 'warn' as const,
            subject: `group ${SUPERVISOR_GROUP}`,
            message: `has members that JAWS Site no longer has, which will be removed: ${strangers.join(', ')}`,
          },
        ]),
    ...(others.length === 0
      ? []
      : [{ level: 'ok' as const, subject: 'other groups', message: `left alone: ${others.join(', ')}` }]),
  ];
}

function orphanFindings(facts: SupervisordFacts): readonly Finding[] {
  if (facts.orphans.length === 0) return [];
  const list = facts.orphans
    .map((process) => `pid ${process.pid} (${process.command.slice(0, 120)})`)
    .join('; ');
  return [
    {
      level: 'warn',
      subject: 'leftover processes',
      message: `run from this install without supervisord: ${list}`,
      next: 'End them at the site, else services run twice.',
    },
  ];
}
