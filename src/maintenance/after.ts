import { downAgainst } from '../core/intention.ts';
import type { ActionRequest, Caller } from '../core/request.ts';
import { isUnderWay } from '../core/run.ts';
import type { TargetStatus } from '../core/service.ts';
import { DEPLOYMENTS } from '../core/target.ts';
import { activeAt, type Window } from '../core/window.ts';
import { zoned } from '../core/zone.ts';
import type { FollowUp } from '../queue/windows.ts';
import { each } from './each.ts';
import type { MaintenanceParts, MaintenanceSite } from './parts.ts';
import { afterChoices, afterReport, away } from './wording.ts';

/** How often a site is asked whether it is back, in milliseconds. */
export const PROBE_MS = 5 * 60_000;
/** A site that does not answer for this long after its maintenance is told about. */
const SILENT_MS = 3600_000;
/** A site is not asked any more this long after its maintenance. */
const LIMIT_MS = 24 * 3600_000;
const STATUS_TIMEOUT_MS = 60_000;
/** Who starts services where the site wants that done by itself. */
const ITSELF: Caller = { id: 'jaws-ops', name: 'jaws-ops, after the maintenance', via: 'cli' };

/** Windows that are over and of whose sites it is not known yet whether they are back. Pure. */
export function endedWindows(
  windows: readonly Window[],
  said: ReadonlySet<string>,
  now: number,
): readonly Window[] {
  return windows.filter(
    (window) =>
      window.cancelledAt === undefined &&
      window.end <= now &&
      now - window.end < LIMIT_MS &&
      !said.has(backKey(window)) &&
      activeAt(windows, window.site, now) === undefined,
  );
}

const backKey = ({ id, revision }: Window) => `${id}/${revision}/back`;

/** Asks sites whose maintenance is over whether they are back, and says what is down there against what should be up. */
export async function afterMaintenance(parts: MaintenanceParts): Promise<void> {
  const { jobs, sites, now } = parts;
  const [windows, said] = await Promise.all([jobs.windows.list(), jobs.windows.said()]);
  const ended = endedWindows(windows, said, now());
  for (const site of sites) {
    const mine = ended.filter((window) => window.site === site.name).sort((a, b) => b.end - a.end);
    const [last] = mine;
    if (last === undefined) continue;
    await each(parts, `after ${last.id} at ${site.name}`, () => welcomeBack(parts, site, last, mine, said));
  }
  for (const wish of await jobs.windows.followUps()) {
    const site = sites.find(({ name }) => name === wish.site);
    if (site === undefined || wish.at > now()) continue;
    await each(parts, `${wish.kind} at ${site.name}`, () => followUp(parts, site, wish));
  }
}

async function welcomeBack(
  parts: MaintenanceParts,
  site: MaintenanceSite,
  window: Window,
  all: readonly Window[],
  said: ReadonlySet<string>,
): Promise<void> {
  const { jobs, now, post } = parts;
  const probe = `${window.id}/${window.revision}/probe-${Math.floor((now() - window.end) / PROBE_MS)}`;
  if (said.has(probe)) return;
  const statuses = await look(parts, site);
  if (statuses.every(({ condition }) => condition === 'unreachable' || condition === 'unknown')) {
    await jobs.windows.say(probe, now());
    if (now() - window.end >= SILENT_MS) await tellSilence(parts, site, window, said, statuses);
    return;
  }
  const intentions = await jobs.intended();
  const down = downAgainst(intentions, statuses);
  // Services do not wait for Slack, which may be away for as long as the night lasts.
  const startedKey = `${window.id}/${window.revision}/started`;
  const auto = site.maintenance.autoRestart && down.length > 0 && !said.has(startedKey);
  if (auto) {
    // A bot that ends in between starts them again, which finds them busy or up.
    await startAll(parts, site, down);
    await jobs.windows.say(startedKey, now());
  }
  const report = afterReport(site.name, intentions, statuses, down.length);
  const posted = await post({
    id: `back-${window.id}-${window.revision}`,
    site: site.name,
    topic: 'reminders',
    since: window.end,
    report: auto ? { ...report, next: 'They are started now, as this site wants it.' } : report,
    ...(down.length === 0 || auto ? {} : { choices: afterChoices(site.name) }),
  });
  if (!posted) return;
  for (const ended of all) await jobs.windows.say(backKey(ended), now());
}

async function tellSilence(
  { jobs, now, post }: MaintenanceParts,
  site: MaintenanceSite,
  window: Window,
  said: ReadonlySet<string>,
  statuses: readonly TargetStatus[],
): Promise<void> {
  const key = `${window.id}/${window.revision}/silent`;
  if (said.has(key)) return;
  const posted = await post({
    id: `silent-${window.id}-${window.revision}`,
    site: site.name,
    topic: 'reminders',
    since: window.end,
    report: {
      title: `${site.name} does not answer, ${away(now() - window.end)} after its maintenance`,
      findings: [
        {
          level: 'fail',
          subject: 'site',
          message: statuses.find(({ detail }) => detail)?.detail ?? 'no answer',
        },
      ],
      next: `It is asked every ${PROBE_MS / 60_000} minutes until ${zoned(window.end + LIMIT_MS, site.timezone)}.`,
    },
  });
  if (posted) await jobs.windows.say(key, now());
}

async function startAll(
  { jobs, now }: MaintenanceParts,
  site: MaintenanceSite,
  down: readonly TargetStatus[],
): Promise<void> {
  for (const { deployment } of down) {
    const known = DEPLOYMENTS.find((name) => name === deployment);
    if (known === undefined) continue;
    const request: ActionRequest = {
      kind: 'action',
      action: 'start',
      site: site.name,
      deployment: known,
      dryRun: false,
      reason: 'up before the maintenance',
    };
    await jobs.submit(request, ITSELF);
  }
  await jobs.windows.followUp({ kind: 'report', site: site.name, at: now(), by: ITSELF.name });
}

/** Says again what is down, or how the targets are once nothing runs there any more. */
async function followUp(parts: MaintenanceParts, site: MaintenanceSite, wish: FollowUp): Promise<void> {
  const { jobs, post } = parts;
  const busy = (await jobs.list({ site: site.name, limit: 20 })).some(({ state }) => isUnderWay(state));
  if (busy) return;
  const statuses = await look(parts, site);
  const intentions = await jobs.intended();
  const down = downAgainst(intentions, statuses);
  const posted = await post({
    id: `${wish.kind}-${site.name}-${wish.at}`,
    site: site.name,
    topic: 'reminders',
    since: wish.at,
    report: afterReport(site.name, intentions, statuses, down.length),
    ...(down.length === 0 ? {} : { choices: afterChoices(site.name) }),
  });
  if (posted) await jobs.windows.followedUp(wish);
}

function look({ jobs }: MaintenanceParts, site: MaintenanceSite): Promise<readonly TargetStatus[]> {
  return jobs.status({ kind: 'status', site: site.name }, STATUS_TIMEOUT_MS);
}
