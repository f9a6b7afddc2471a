import { certificateIn } from '../plan/looks/certificate.ts';
import type { MaintenanceParts, MaintenanceSite } from './parts.ts';

const DAY_MS = 24 * 3600_000;
const LOOK_TIMEOUT_MS = 30_000;

/** Tells once of each certificate for the login that it ends soon, and once that it has ended. */
export async function certificates(parts: MaintenanceParts, site: MaintenanceSite): Promise<void> {
  const { jobs, now, post } = parts;
  const report = await jobs.look(
    { kind: 'look', look: 'certificate', site: site.name, words: {} },
    LOOK_TIMEOUT_MS,
  );
  const found = certificateIn(report);
  if (found === undefined || found.level === 'ok') return;
  const key = `certificate/${site.name}/${found.until}/${found.level}`;
  if ((await jobs.windows.said()).has(key)) return;
  const since = found.until - DAY_MS;
  if (await post({ id: key, site: site.name, topic: 'certificates', since, report }))
    await jobs.windows.say(key, now());
}
