import type { Redis } from 'ioredis';
import { z } from 'zod';
import { type AuditEntry, auditLine } from '../core/audit.ts';
import { isAct } from '../core/plan.ts';
import type { RunState } from '../core/run.ts';
import type { Ask } from './connection.ts';
import { AUDIT_KEY } from './names.ts';
import { callerSchema } from './schema.ts';

/** The record of what was done, for every process that asks. */
export interface Audit {
  append(entry: AuditEntry): Promise<void>;
  /** Newest first. @param limit most entries given; {@link AUDIT_SCAN} are looked through */
  list(filter: { site?: string; deployment?: string; limit: number }): Promise<readonly AuditEntry[]>;
}

/** Entries looked through for those of one target, so that a question never reads for minutes. */
export const AUDIT_SCAN = 20_000;
const PAGE = 1_000;

const entrySchema: z.ZodType<AuditEntry> = z.object({
  at: z.number(),
  who: callerSchema,
  kind: z.enum(['said', 'step', 'result']),
  what: z.string(),
  site: z.string().exactOptional(),
  deployment: z.string().exactOptional(),
  jobId: z.string().exactOptional(),
  outcome: z.string(),
  details: z.string().exactOptional(),
});

export function createAudit(redis: Redis, ask: Ask): Audit {
  return {
    append: (entry) => ask(() => appendAudit(redis, [entry])),
    list: (filter) => ask(() => readAudit(redis, filter)),
  };
}

/** Adds entries to the stream; nothing takes them out again. */
export async function appendAudit(redis: Redis, entries: readonly AuditEntry[]): Promise<void> {
  const commands = redis.multi();
  for (const entry of entries) commands.xadd(AUDIT_KEY, '*', 'entry', JSON.stringify(entry));
  await commands.exec();
}

/** What a run that has ended did: an entry for each step that was begun, and its result. Texts must be redacted. */
export function auditOf(state: RunState): readonly AuditEntry[] {
  const { request, caller: who, jobId, version, approval, problem } = state;
  const { site, deployment, action } = request;
  const about = { who, site, deployment, jobId };
  const steps = state.steps.flatMap((step): AuditEntry[] =>
    step.startedAt === undefined || !isAct(step.id)
      ? []
      : [
          {
            ...about,
            at: step.finishedAt ?? step.startedAt,
            kind: 'step',
            what: `${action}: ${step.id}`,
            outcome: auditLine(step.detail === undefined ? step.status : `${step.status}: ${step.detail}`),
          },
        ],
  );
  const details = [
    ...(version === undefined || version === '' ? [] : [`version ${version}`]),
    ...(request.dryRun ? ['dry run'] : []),
    ...(approval?.decision === undefined
      ? []
      : [`${approval.decision.verdict} by ${approval.decision.by.name}`]),
  ];
  return [
    ...steps,
    {
      ...about,
      at: state.finishedAt ?? state.queuedAt,
      kind: 'result',
      what: action,
      outcome: auditLine(problem === undefined ? state.status : `${state.status}: ${problem.message}`),
      ...(details.length === 0 ? {} : { details: auditLine(details.join(', ')) }),
    },
  ];
}

async function readAudit(
  redis: Redis,
  { site, deployment, limit }: Parameters<Audit['list']>[0],
): Promise<readonly AuditEntry[]> {
  const found: AuditEntry[] = [];
  let end = '+';
  for (let seen = 0; seen < AUDIT_SCAN && found.length < limit; seen += PAGE) {
    const page = await redis.xrevrange(AUDIT_KEY, end, '-', 'COUNT', PAGE);
    for (const [, fields] of page) {
      const entry = readable(fields[1] ?? '');
      if (entry === undefined) continue;
      // What is about every site or deployment is about each of them.
      if (site !== undefined && entry.site !== site && entry.site !== 'all') continue;
      if (deployment !== undefined && entry.deployment !== deployment && entry.deployment !== 'all') continue;
      found.push(entry);
    }
    const last = page.at(-1)?.[0];
    if (last === undefined || page.length < PAGE) break;
    end = `(${last}`;
  }
  return found.slice(0, limit);
}

function readable(text: string): AuditEntry | undefined {
  try {
    return entrySchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
