import type { Finding } from '../core/finding.ts';
import { differenceOf, type Intention } from '../core/intention.ts';
import type { Report } from '../core/look.ts';
import { TARGET_WORDS, type TargetStatus } from '../core/service.ts';
import { DEPLOYMENTS, type Deployment } from '../core/target.ts';
import { activeAt, dayOf } from '../core/window.ts';
import type { MaintenanceParts, MaintenanceSite } from './parts.ts';

/** How long a site may take over one question, in milliseconds. */
const LOOK_TIMEOUT_MS = 90_000;

/** What a look at one deployment found. */
export interface Seen {
  readonly deployment: Deployment;
  /** How the services differ from what is intended. */
  readonly services?: string;
  /** What a deploy of the intended version would change in the files; absent when nothing is known. */
  readonly files?: Report;
}

/**
 * Tells once a day what is not as it was left at a site: files that differ from what a deploy writes, and services
 * that differ from what is intended. Nothing is said of a site that is as it should be, does not answer or is in
 * maintenance.
 */
export async function drift(parts: MaintenanceParts, site: MaintenanceSite): Promise<void> {
  const { jobs, now, post } = parts;
  if (activeAt(await jobs.windows.list(), site.name, now()) !== undefined) return;
  const intentions = (await jobs.intended()).filter((intention) => intention.site === site.name);
  const seen: Seen[] = [];
  for (const deployment of DEPLOYMENTS) {
    const intention = intentions.find((each) => each.deployment === deployment);
    if (intention?.wanted !== undefined) seen.push(await lookAt(parts, intention, deployment));
  }
  const report = driftReport(site.name, seen);
  if (report === undefined) return;
  const at = now();
  const day = dayOf(at, site.timezone);
  await post({ id: `drift-${site.name}-${day}`, site: site.name, topic: 'drift', since: at, report });
}

async function lookAt(
  { jobs }: MaintenanceParts,
  intention: Intention,
  deployment: Deployment,
): Promise<Seen> {
  const { site, version, wanted } = intention;
  const [status] = await jobs.status({ kind: 'status', site, deployment }, LOOK_TIMEOUT_MS);
  const services = status === undefined ? undefined : differenceNow(intention, status);
  const found = { deployment, ...(services === undefined ? {} : { services }) };
  if (wanted === 'down') return found;
  const words: Record<string, string> = version === undefined ? {} : { version };
  const files = await jobs.look({ kind: 'look', look: 'diff', site, deployment, words }, LOOK_TIMEOUT_MS);
  return files.problem === undefined ? { ...found, files } : found;
}

function differenceNow(intention: Intention, status: TargetStatus): string | undefined {
  const difference = differenceOf(intention, status);
  return difference === undefined ? undefined : `${TARGET_WORDS[status.condition]}, ${difference}`;
}

/** What differs at a site, in one report; undefined when nothing does. Pure. */
export function driftReport(site: string, seen: readonly Seen[]): Report | undefined {
  const different = seen.filter(({ services, files }) => services !== undefined || differs(files));
  if (different.length === 0) return undefined;
  const what = different.map(({ deployment, services, files }) => {
    const parts = [...(services === undefined ? [] : ['services']), ...(differs(files) ? ['files'] : [])];
    return `${deployment} (${parts.join(', ')})`;
  });
  const findings = different.flatMap(({ deployment, services, files }): Finding[] => [
    ...(services === undefined ? [] : [{ level: 'warn' as const, subject: deployment, message: services }]),
    ...(differs(files)
      ? [
          {
            level: 'warn' as const,
            subject: deployment,
            message: files?.title ?? '',
            next: `\`/jaws diff ${deployment} ${site}\` shows them as they are now; a deploy writes them again.`,
          },
          ...(files?.findings ?? []),
        ]
      : []),
  ]);
  const text = different.flatMap(({ files }) => (files?.text === undefined ? [] : [files.text])).join('\n\n');
  return {
    title: `Not as it was left at ${site}: ${what.join(', ')}`,
    findings,
    ...(text === '' ? {} : { text }),
  };
}

function differs(files: Report | undefined): boolean {
  if (files === undefined) return false;
  return (files.findings ?? []).some(({ level }) => level !== 'ok') || (files.text ?? '') !== '';
}
