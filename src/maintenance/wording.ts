import { differenceOf, type Intention, intentionFor } from '../core/intention.ts';
import type { Report } from '../core/look.ts';
import type { Choice } from '../core/notice.ts';
import { TARGET_WORDS, type TargetStatus } from '../core/service.ts';
import { zoned } from '../core/zone.ts';
import type { Reminder } from './due.ts';
import type { LeftDown } from './left-down.ts';

/** What a reminder says, in the site's own time. */
export function reminderReport(
  { kind, window, endsAt, changed }: Reminder,
  zone: string,
  now: number,
): Report {
  const { site, start, end, reason } = window;
  const times = `${zoned(start, zone)} to ${zoned(end, zone)}`;
  const until = zoned(endsAt, zone);
  const longer = endsAt > end ? ` With what follows it, the site is in maintenance until ${until}.` : '';
  const moved = changed ? 'The times have changed. ' : '';
  const closed = `Deploys, starts and restarts at ${site} are refused from then on.`;
  switch (kind) {
    case 'before':
      return {
        title: `Maintenance of ${site} begins in ${away(start - now)}: ${times}`,
        findings: [{ level: 'warn', subject: 'reason', message: reason }],
        next: `${moved}${closed}${longer}`,
      };
    case 'moved':
      return {
        title: `Maintenance of ${site} was moved: now ${times}`,
        findings: [{ level: 'warn', subject: 'reason', message: reason }],
        next: closed,
      };
    case 'start':
      return {
        title: changed
          ? `Maintenance of ${site} lasts until ${until}`
          : `Maintenance of ${site} has begun, until ${until}`,
        findings: [{ level: 'warn', subject: 'reason', message: reason }],
        next: `${moved}Deploys, starts and restarts there are refused until it ends; \`--during-maintenance "why"\` overrides that.`,
      };
    case 'end':
      return {
        title: `Maintenance of ${site} is over`,
        next: 'As soon as the site answers, what is down is told here.',
      };
    case 'cancelled':
      return {
        title: `Maintenance of ${site} is off: it was to be ${times}`,
        findings: [{ level: 'ok', subject: 'reason', message: reason }],
        next: `Called off by ${window.cancelledBy ?? 'somebody'}.`,
      };
  }
}

/** e.g. `2 h`, `1 h 20 min`, `45 min`, `1 d 2 h`. */
export function away(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / 60_000));
  const parts = [
    [Math.floor(minutes / 1440), 'd'],
    [Math.floor(minutes / 60) % 24, 'h'],
    [minutes % 60, 'min'],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .slice(0, 2)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

/** That a failed run left a target down. */
export function leftDownReport(
  { intention }: LeftDown,
  status: TargetStatus | undefined,
  now: number,
): Report {
  const { site, deployment, left, version } = intention;
  return {
    title: `${deployment} at ${site} is down since a ${left.what} ${away(now - left.at)} ago`,
    findings: [
      {
        level: 'fail',
        subject: 'state',
        message: `${status === undefined ? 'not known' : TARGET_WORDS[status.condition]}${version === undefined ? '' : `; was ${version} before`} (job ${left.jobId})`,
        next: `Deploy or start it, or \`/jaws stop ${deployment} ${site}\` to leave it down.`,
      },
    ],
  };
}

/** What can be decided on a target that was left down. */
export function leftDownChoices({ intention: { site, deployment } }: LeftDown): readonly Choice[] {
  const input = { site, deployment, dryRun: false };
  return [
    { label: 'Start', line: `start ${deployment} ${site}`, command: 'start', input, style: 'primary' },
    { label: 'Leave down', line: `stop ${deployment} ${site}`, command: 'stop', input },
  ];
}

/** How the targets of a site are after its maintenance, against what should be. */
export function afterReport(
  site: string,
  intentions: readonly Intention[],
  statuses: readonly TargetStatus[],
  down: number,
): Report {
  const wanted = statuses.filter((status) => intentionFor(intentions, status)?.wanted === 'up').length;
  return {
    title:
      wanted === 0
        ? `${site} answers after its maintenance; nothing is on record that should be up there`
        : down === 0
          ? `All up at ${site} after its maintenance: ${wanted} of ${wanted}`
          : `Down at ${site} after its maintenance: ${down} of ${wanted} that should be up`,
    tables: [
      {
        head: ['Deployment', 'State', 'Services', 'Version', 'Difference'],
        rows: statuses.map((status) => [
          status.deployment,
          TARGET_WORDS[status.condition],
          status.services.length === 0
            ? '–'
            : `${status.services.filter(({ condition }) => condition === 'running').length}/${status.services.length} running`,
          status.version ?? '–',
          differenceOf(intentionFor(intentions, status), status) ?? status.detail ?? '–',
        ]),
      },
    ],
  };
}

/** What can be done about it. */
export function afterChoices(site: string): readonly Choice[] {
  const choice = (label: string, verb: string, style?: 'primary'): Choice => ({
    label,
    line: `maintenance ${verb} ${site}`,
    command: 'maintenance',
    input: { verb, site },
    ...(style === undefined ? {} : { style }),
  });
  return [
    choice('Restart everything that was up', 'resume', 'primary'),
    choice('Choose', 'choose'),
    choice('Snooze 30 min', 'snooze'),
    // The whole of it: host, services and the GitLab runner, looked at before and after.
    { label: 'Recovery runbook', line: `recover ${site}`, command: 'recover', input: { site } },
  ];
}
