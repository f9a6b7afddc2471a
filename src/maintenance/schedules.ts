import { DEPLOYMENTS } from '../core/target.ts';
import { reservationsIn } from '../plan/looks/reservations.ts';
import type { Schedule } from '../queue/schedules.ts';
import { afterMaintenance } from './after.ts';
import { trimAudit } from './audit.ts';
import { certificates } from './certificates.ts';
import { cleanUp, cleanups } from './cleanup.ts';
import { drift } from './drift.ts';
import { due } from './due.ts';
import { each } from './each.ts';
import { leftDown } from './left-down.ts';
import { tellOfLocks } from './locks.ts';
import type { MaintenanceParts, MaintenanceSite } from './parts.ts';
import { reconcile } from './reservations.ts';
import { leftDownChoices, leftDownReport, reminderReport } from './wording.ts';

const MINUTE_MS = 60_000;
const LOOK_TIMEOUT_MS = 90_000;

/** Everything that recurs. Each turn may come twice or be left out: what was said is known by its key. */
export function schedulesOf(parts: MaintenanceParts): readonly Schedule[] {
  const probed = parts.sites.filter(({ maintenance }) => maintenance.reservationPattern !== undefined);
  return [
    {
      id: 'reminders',
      title: 'reminders of maintenance windows and of targets left down',
      when: { everyMs: MINUTE_MS },
      run: () => remind(parts),
    },
    {
      id: 'after-maintenance',
      title: 'after a maintenance: is the site back, and what is down',
      when: { everyMs: MINUTE_MS },
      run: () => afterMaintenance(parts),
    },
    {
      id: 'locks',
      title: 'locks that were taken, ended or have expired, and who waits for a free target',
      when: { everyMs: MINUTE_MS },
      run: () => tellOfLocks(parts),
    },
    {
      id: 'audit',
      title: `entries of the audit older than ${parts.audit.keepDays} days, which are removed`,
      when: { pattern: '40 3 * * *', zone: 'UTC' },
      run: () => trimAudit(parts),
    },
    ...probed.map((site) => ({
      id: `probe-reservations-${site.name}`,
      title: `reservations of Slurm at ${site.name}`,
      when: { everyMs: 15 * MINUTE_MS },
      run: () => probe(parts, site),
    })),
    ...parts.sites.flatMap((site) =>
      site.drift.at === 'never'
        ? []
        : [
            {
              id: `drift-${site.name}`,
              title: `what was changed by hand at ${site.name}`,
              when: { pattern: daily(site.drift.at), zone: site.timezone },
              run: () => drift(parts, site),
            },
          ],
    ),
    ...parts.sites.flatMap((site) =>
      cleanups(site).map(({ deployment, pattern }) => ({
        id: `cleanup-${site.name}-${deployment}`,
        title: `old data of ${deployment} at ${site.name}, which has no cron`,
        when: { pattern, zone: site.timezone },
        run: () => cleanUp(parts, site, deployment),
      })),
    ),
    // Only OpenSSH knows certificates.
    ...parts.sites
      .filter(({ transport }) => transport === 'openssh')
      .map((site) => ({
        id: `certificate-${site.name}`,
        title: `whether the certificate for ${site.name} ends soon`,
        when: { everyMs: 15 * MINUTE_MS },
        run: () => certificates(parts, site),
      })),
  ];
}

/** The cron pattern of a time of day such as `04:30`. */
function daily(time: string): string {
  const [hour, minute] = time.split(':').map(Number);
  return `${minute} ${hour} * * *`;
}

async function remind(parts: MaintenanceParts): Promise<void> {
  const { jobs, sites, now, post } = parts;
  const siteOf = (name: string) => sites.find((site) => site.name === name);
  const [windows, said, intentions] = await Promise.all([
    jobs.windows.list(),
    jobs.windows.said(),
    jobs.intended(),
  ]);
  const before = (name: string) => siteOf(name)?.maintenance.remindBeforeMin ?? [];
  for (const reminder of due(windows, said, now(), before)) {
    const site = siteOf(reminder.window.site);
    if (site === undefined) continue;
    await each(parts, `reminder ${reminder.key}`, async () => {
      const report = reminderReport(reminder, site.timezone, now());
      if (
        await post({ id: reminder.key, site: site.name, topic: 'reminders', since: reminder.since, report })
      )
        await jobs.windows.say(reminder.key, now());
    });
  }
  const hours = (name: string) => siteOf(name)?.maintenance.downReminderHours ?? 4;
  for (const left of leftDown(intentions, windows, said, now(), hours)) {
    const { site, deployment } = left.intention;
    const known = DEPLOYMENTS.find((name) => name === deployment);
    if (siteOf(site) === undefined || known === undefined) continue;
    await each(parts, `reminder ${left.key}`, async () => {
      const [status] = await jobs.status({ kind: 'status', site, deployment: known }, LOOK_TIMEOUT_MS);
      const report = leftDownReport(left, status, now());
      const choices = leftDownChoices(left);
      const up = status?.condition === 'running';
      if (up || (await post({ id: left.key, site, topic: 'leftDown', since: left.since, report, choices })))
        await jobs.windows.say(left.key, now());
    });
  }
}

async function probe(parts: MaintenanceParts, site: MaintenanceSite): Promise<void> {
  const { jobs, logger, now } = parts;
  const pattern = site.maintenance.reservationPattern;
  if (pattern === undefined) return;
  const report = await jobs.look(
    { kind: 'look', look: 'reservations', site: site.name, words: {} },
    LOOK_TIMEOUT_MS,
  );
  const found = reservationsIn(report);
  if (found === undefined) {
    // Nothing is concluded from no answer: a site in maintenance does not answer either.
    logger.warn({ site: site.name, reason: report.problem?.message }, 'reservations are not known');
    return;
  }
  const windows = await jobs.windows.list();
  const changes = reconcile(site.name, site.timezone, pattern, windows, found, now());
  for (const window of changes.added) await jobs.windows.add(window);
  for (const window of changes.changed) await jobs.windows.change(window);
}
