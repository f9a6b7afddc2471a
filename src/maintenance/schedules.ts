import { problemOf } from '../core/errors.ts';
import { DEPLOYMENTS } from '../core/target.ts';
import { reservationsIn } from '../plan/looks/reservations.ts';
import type { Schedule } from '../queue/schedules.ts';
import { afterMaintenance } from './after.ts';
import { due } from './due.ts';
import { leftDown } from './left-down.ts';
import type { MaintenanceParts, MaintenanceSite } from './parts.ts';
import { reconcile } from './reservations.ts';
import { leftDownChoices, leftDownReport, reminderReport } from './wording.ts';

const MINUTE_MS = 60_000;
const LOOK_TIMEOUT_MS = 90_000;
/** When a site is asked every night what was changed there by hand, on its own clocks. */
const NIGHTLY = '30 4 * * *';

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
    ...probed.map((site) => ({
      id: `probe-reservations-${site.name}`,
      title: `reservations of Slurm at ${site.name}`,
      when: { everyMs: 15 * MINUTE_MS },
      run: () => probe(parts, site),
    })),
    ...parts.sites.map((site) => ({
      id: `drift-${site.name}`,
      title: `files changed by hand at ${site.name}`,
      when: { pattern: NIGHTLY, zone: site.timezone },
      run: () => drift(parts, site),
    })),
  ];
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

/** One that cannot be said must not keep the others from being said. */
async function each({ logger }: MaintenanceParts, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    logger.warn({ reason: problemOf(error).message, what }, 'not done, and tried again');
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

async function drift(parts: MaintenanceParts, site: MaintenanceSite): Promise<void> {
  const { jobs, now, post } = parts;
  const day = new Date(now()).toISOString().slice(0, 10);
  for (const { deployment, wanted } of (await jobs.intended()).filter((each) => each.site === site.name)) {
    const known = DEPLOYMENTS.find((name) => name === deployment);
    if (wanted !== 'up' || known === undefined) continue;
    const report = await jobs.look(
      { kind: 'look', look: 'diff', site: site.name, deployment: known, words: {} },
      LOOK_TIMEOUT_MS,
    );
    const differs = report.findings?.some(({ level }) => level !== 'ok') ?? (report.text ?? '') !== '';
    if (report.problem !== undefined || !differs) continue;
    await post({
      id: `drift-${site.name}-${deployment}-${day}`,
      site: site.name,
      topic: 'drift',
      since: now() - MINUTE_MS,
      report,
    });
  }
}
