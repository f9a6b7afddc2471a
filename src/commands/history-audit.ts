import type { AuditEntry } from '../core/audit.ts';
import { ALL } from '../core/lock.ts';
import { targetId } from '../core/target.ts';
import { zoned } from '../core/zone.ts';
import type { AuditFilter } from '../queue/audit.ts';
import type { CommandContext, Reply } from './command.ts';

/** As many as one table of Slack shows well. */
const SHOWN = 40;

/** Who said and did what, and what came of it, newest first: the last entries of the targets that the caller may read. */
export async function auditReport(
  context: CommandContext,
  where: string,
  filter: AuditFilter,
): Promise<Reply> {
  const { jobs, directory } = context;
  const seen: AuditEntry[] = [];
  let isMore = false;
  for await (const entry of jobs.audit.read(filter)) {
    if (!mayRead(context, entry)) continue;
    isMore = seen.length === SHOWN;
    if (isMore) break;
    seen.push(entry);
  }
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
  if (seen.length === 0)
    return { kind: 'report', report: { title: `Audit of ${where}: nothing is on record` } };
  return {
    kind: 'report',
    report: {
      title: `Audit of ${where}: the last ${seen.length}${isMore ? ' of more' : ''}`,
      tables: [{ head, rows: seen.map(row) }],
      ...(isMore ? { next: 'Type `/jaws history --audit --json` for all of them, as a file.' } : {}),
    },
  };
}

/** Every entry that is meant and that the caller may read, newest first. */
export async function auditExport(
  context: CommandContext,
  where: string,
  filter: AuditFilter,
): Promise<Reply> {
  const entries: AuditEntry[] = [];
  for await (const entry of context.jobs.audit.read(filter)) if (mayRead(context, entry)) entries.push(entry);
  const { since, until, ...target } = filter;
  const instant = (at: number) => new Date(at).toISOString();
  return {
    kind: 'export',
    title: `Audit of ${where}: ${entries.length} entries`,
    data: {
      exportedAt: instant(context.now()),
      ...target,
      ...(since === undefined ? {} : { since: instant(since) }),
      ...(until === undefined ? {} : { until: instant(until) }),
      entries: entries.map((entry) => ({ ...entry, at: instant(entry.at) })),
    },
  };
}

function mayRead({ directory, caller }: CommandContext, { site, deployment }: AuditEntry): boolean {
  return directory.sites.some(
    (one) =>
      (site === undefined || site === ALL || site === one) &&
      directory.deployments.some(
        (each) =>
          (deployment === undefined || deployment === ALL || deployment === each) &&
          directory.may(caller, 'read', one, each),
      ),
  );
}

function targetOf({ site, deployment }: AuditEntry): string {
  if (site === undefined) return '–';
  return deployment === undefined ? site : targetId(site, deployment);
}
