import type { Finding } from '../../core/finding.ts';
import type { Report } from '../../core/look.ts';
import type { Look, Subject } from './look.ts';

/** How long the worker's certificate for a site is valid; answered without going there. */
export const certificate: Look = {
  name: 'certificate',
  scope: 'site',
  shell: 'sh',
  timeoutMs: 30_000,
  ask: ({ target, login, certificate: found }: Subject) => ({
    title: `Login certificate for ${target.site}: ${login[0]?.message ?? 'none is used'}`,
    findings: login,
    tables: [
      {
        head: ['Certificate', 'Valid until'],
        rows: found?.until === undefined ? [] : [[found.path, new Date(found.until).toISOString()]],
      },
    ],
  }),
};

/** The worst that an answer of this look says of a certificate that ends, and when it does; undefined without one. */
export function certificateIn(report: Report): { level: Finding['level']; until: number } | undefined {
  const until = Date.parse(report.tables?.[0]?.rows[0]?.[1] ?? '');
  if (report.problem !== undefined || Number.isNaN(until)) return undefined;
  const levels = (report.findings ?? []).map(({ level }) => level);
  return { level: (['fail', 'warn'] as const).find((level) => levels.includes(level)) ?? 'ok', until };
}
