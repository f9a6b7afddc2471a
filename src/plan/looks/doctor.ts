import { PORT_FAMILIES } from '../../config/variables.ts';
import type { Problem } from '../../core/errors.ts';
import type { Fact } from '../../core/fact.ts';
import type { Finding } from '../../core/finding.ts';
import type { Report } from '../../core/look.ts';
import { reveal } from '../../core/secret.ts';
import { TARGET_WORDS } from '../../core/service.ts';
import { type Target, variable } from '../../core/target.ts';
import { installerOf } from '../../installers/index.ts';
import type { Installed } from '../../installers/installer.ts';
import { launcherOf } from '../../launchers/index.ts';
import { identity, reachability } from '../check.ts';
import { type FolderState, folderFacts, folderFindings } from '../folder-facts.ts';
import { type HostFacts, hostFacts } from '../host-facts.ts';
import { hostFindings, portFinding } from '../host-findings.ts';
import { combineFacts } from '../observation.ts';
import { type SiteFacts, siteFacts } from '../site-facts.ts';
import type { Look, Subject } from './look.ts';

/** What is looked at of each deployment. */
type Seen = {
  readonly site: SiteFacts;
  readonly folders: readonly FolderState[];
  readonly launcher: unknown;
  readonly live: Installed;
};

/** Everything that could keep a site from being deployed to or from running, with what to do about it. */
export const doctor: Look = {
  name: 'doctor',
  scope: 'site',
  shell: 'login',
  timeoutMs: 80_000,
  ask(subject) {
    const { target, targets } = subject;
    const ports = targets.flatMap((each) => portsOf(each).map(({ port }) => port));
    const folders = [
      ...new Set(targets.flatMap(({ paths }) => [paths.install, paths.scratch].map(parentOf))),
    ].filter((folder) => folder.startsWith('/'));
    // The host comes last, so that its clock is read right before the answer arrives.
    const facts: Record<string, Fact<unknown>> = {
      ...Object.fromEntries(targets.map((each) => [each.deployment, named(seenFact(each), each.deployment)])),
      host: hostFacts(target, [...new Set(ports)], folders),
    };
    const all = combineFacts(facts);
    return {
      ...all,
      parse(stdout, code) {
        const found = all.parse(stdout, code);
        const seen = targets.map((each) => ({ target: each, seen: found[each.deployment] as Seen }));
        return reportOf(subject, seen, found['host'] as HostFacts);
      },
    };
  },
  unreached: ({ target, login }, problem: Problem) => ({
    title: `${target.site} cannot be examined`,
    findings: [
      { level: 'fail', subject: 'connection', message: problem.message, next: problem.next },
      ...login,
    ],
    problem,
  }),
};

function seenFact(target: Target): Fact<Seen> {
  return combineFacts<Seen>({
    site: siteFacts(target),
    folders: folderFacts(target),
    launcher: launcherOf(target).observe(target),
    live: installerOf(target).live(target),
  });
}

function named<T>(fact: Fact<T>, name: string): Fact<T> {
  return { ...fact, name };
}

/** Ports of a deployment by the service that has them. */
function portsOf(target: Target): readonly { readonly family: string; readonly port: number }[] {
  return PORT_FAMILIES.flatMap(({ family, purpose }) => {
    const port = Number(target.env.values[`JAWS_${family}_PORT`] ?? '');
    return Number.isInteger(port) && port > 0 ? [{ family: purpose, port }] : [];
  });
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

function reportOf(
  { target, login, now }: Subject,
  all: readonly { readonly target: Target; readonly seen: Seen }[],
  host: HostFacts,
): Report {
  const [first] = all;
  const connection: Finding = {
    level: 'ok',
    subject: 'connection',
    message: `${target.access.user}@${target.access.host}${target.access.become === undefined ? '' : `, then ${target.access.become}`}`,
  };
  const findings = [
    connection,
    ...login,
    ...(first === undefined ? [] : siteWide(first.target, first.seen.site)),
    ...hostFindings(target, host, now()),
    ...all.flatMap((each) => ofDeployment(each.target, each.seen, host)),
  ];
  const wrong = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length;
  return {
    title: `${target.site}: ${count(wrong('fail'), 'problem')}, ${count(wrong('warn'), 'warning')}, ${count(wrong('ok'), 'check')} passed`,
    findings: [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()],
    tables: [
      {
        head: ['Deployment', 'State', 'Services', 'Version'],
        rows: all.map((each) => stateRow(each.target, each.seen)),
      },
      ...portTable(
        all.map((each) => each.target),
        host,
      ),
    ],
  };
}

function siteWide(target: Target, site: SiteFacts): readonly Finding[] {
  const group = reveal(variable(target, 'JAWS_GROUP'));
  const file = `config/sites/${target.site}.yaml`;
  const groups: readonly Finding[] = site.unknownGroups.map((name) => ({
    level: 'fail',
    subject: 'group',
    message: `the site knows no group ${name}`,
    next: `Correct JAWS_GROUP or JAWS_USERS_GROUP in ${file}.`,
  }));
  const member: Finding = site.groups.includes(group)
    ? { level: 'ok', subject: 'group', message: group }
    : {
        level: 'fail',
        subject: 'group',
        message: `${site.account} is not in the group ${group}`,
        next: `Ask the site to put it there, or correct JAWS_GROUP in ${file}.`,
      };
  return [
    ...identity(target, site),
    ...(site.unknownGroups.includes(group) ? [] : [member]),
    ...groups,
    ...reachability(site),
  ];
}

function ofDeployment(target: Target, seen: Seen, host: HostFacts): readonly Finding[] {
  const { deployment } = target;
  const about = (finding: Finding): Finding => ({ ...finding, subject: `${deployment}: ${finding.subject}` });
  const launcher = launcherOf(target);
  const port = Number(target.env.values['JAWS_SUPERVISOR_PORT'] ?? '');
  const usesPort = target.launcher.kind === 'supervisor' && port > 0;
  const found: Finding[] = [
    ...(usesPort
      ? [
          portFinding(
            target,
            port,
            host.holders.find((holder) => holder.port === port),
          ),
        ]
      : []),
  ];
  const { condition, detail } = launcher.launched(target, seen.launcher);
  if (!seen.site.installed)
    return [...found, about({ level: 'ok', subject: 'services', message: 'not installed' })];
  const up = condition === 'running';
  found.push(
    about({
      level: up ? 'ok' : condition === 'stopped' || condition === 'not-installed' ? 'warn' : 'fail',
      subject: 'services',
      message: detail === undefined ? TARGET_WORDS[condition] : `${TARGET_WORDS[condition]}: ${detail}`,
      ...(up
        ? {}
        : {
            next: `Look at \`/jaws status ${target.site} ${deployment}\`; \`/jaws start ${deployment} ${target.site}\` starts them.`,
          }),
    }),
    ...launcher
      .findings(target, seen.launcher)
      .filter(({ level }) => level !== 'ok')
      .map(about),
    ...folderFindings(target, seen.folders, seen.site).map(about),
  );
  if (seen.site.lock !== undefined)
    found.push(
      about({
        level: 'warn',
        subject: 'lock',
        message: `held by ${seen.site.lock || 'an owner without a name'}`,
      }),
    );
  if (seen.site.drifted.length > 0) {
    found.push(
      about({
        level: 'warn',
        subject: 'drift',
        message: `changed at the host: ${seen.site.drifted.join(', ')}`,
        next: `\`/jaws diff ${deployment} ${target.site}\` shows how.`,
      }),
    );
  }
  return found;
}

function stateRow(target: Target, seen: Seen): readonly string[] {
  const { condition, services } = launcherOf(target).launched(target, seen.launcher);
  const running = services.filter((service) => service.condition === 'running').length;
  const count = services.length === 0 ? '–' : `${running}/${services.length} running`;
  return [target.deployment, TARGET_WORDS[condition], count, seen.live.version ?? '–'];
}

/** Every configured port that somebody listens on. */
function portTable(targets: readonly Target[], host: HostFacts): NonNullable<Report['tables']> {
  const rows = targets.flatMap((target) =>
    portsOf(target).flatMap(({ family, port }) => {
      const holder = host.holders.find((each) => each.port === port);
      if (holder === undefined) return [];
      const process = holder.pid === undefined ? '–' : `${holder.pid} ${(holder.command ?? '').slice(0, 80)}`;
      return [[String(port), `${family} of ${target.deployment}`, holder.user, process]];
    }),
  );
  return rows.length === 0
    ? []
    : [{ title: 'Ports in use', head: ['Port', 'For', 'Account', 'Process'], rows }];
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
