import type { AuditEntry } from '../core/audit.ts';
import type { Report } from '../core/look.ts';
import { targetId } from '../core/target.ts';
import { zoned } from '../core/zone.ts';
import type { CommandContext } from './command.ts';

/** As many as one table of Slack shows well. */
const SHOWN = 40;

/** Who said and did what, and what came of it, newest first: of the targets that the caller may read. */
export async function auditReport(
  { jobs, directory, caller }: CommandContext,
  where: string,
  filter: { readonly site?: string; readonly deployment?: string },
): Promise<Report> {
  const seen = (await jobs.audit.list({ ...filter, limit: SHOWN })).filter(({ site, deployment }) =>
    directory.sites.some(
      (one) =>
        (site === undefined || site === 'all' || site === one) &&
        directory.deployments.some(
          (each) =>
            (deployment === undefined || deployment === 'all' || deployment === each) &&
            directory.may(caller, 'read', one, each),
        ),
    ),
  );
  const zone = (site: string | undefined) =>
    site !== undefined && directory.sites.includes(site) ? directory.timezone(site) : 'UTC';
  const head = ['When', 'Who', 'Kind', 'What', 'Target', 'Job', 'Outcome', 'Details'];
  const row = (entry: AuditEntry) => [
    zoned(entry.at, zone(entry.site)),
    `${entry.who.name} (${entry.who.via})`,
    entry.kind,
    entry.what,
    targetOf(entry),
    entry.jobId ?? '–',
    entry.outcome,
    entry.details ?? '–',
  ];
  if (seen.length === 0) return { title: `Audit of ${where}: nothing is on record` };
  return { title: `Audit of ${where}: the last ${seen.length}`, tables: [{ head, rows: seen.map(row) }] };
}

function targetOf({ site, deployment }: AuditEntry): string {
  if (site === undefined) return '–';
  return deployment === undefined ? site : targetId(site, deployment);
}
