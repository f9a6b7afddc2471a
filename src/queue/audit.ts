import type { Redis } from 'ioredis';
import { z } from 'zod';
import { type AuditEntry, auditLine } from '../core/audit.ts';
import { ALL } from '../core/lock.ts';
import { isAct } from '../core/plan.ts';
import type { RunState } from '../core/run.ts';
import type { Ask } from './connection.ts';
import { AUDIT_KEY, JOB_TTL_SEC, onceKey } from './names.ts';
import { callerSchema } from './schema.ts';

/** Which entries are meant. Instants are milliseconds since the epoch. */
export interface AuditFilter {
  readonly site?: string;
  readonly deployment?: string;
  /** Inclusive. */
  readonly since?: number;
  /** Exclusive. */
  readonly until?: number;
}

/** The record of what was done, for every process that asks. */
export interface Audit {
  append(entry: AuditEntry): Promise<void>;
  /** Every entry that is meant, newest first, read page by page as long as somebody takes them. */
  read(filter: AuditFilter): AsyncIterable<AuditEntry>;
  /** Removes what is older than an instant, and puts on record how much that was. @returns how many entries */
  trim(before: number, now: number): Promise<number>;
}

const PAGE = 1_000;
/** How long after something happened its entry may be written, in milliseconds: a run writes all of its own at its end. */
const LATE_MS = 8 * 24 * 3600_000;

const entrySchema: z.ZodType<AuditEntry> = z.object({
  at: z.number(),
  who: callerSchema,
  kind: z.enum(['said', 'step', 'result', 'trimmed']),
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
    read: (filter) => readAudit(redis, ask, filter),
    trim: (before, now) => ask(() => trimAudit(redis, before, now)),
  };
}

/** Adds entries to the stream. */
export async function appendAudit(redis: Redis, entries: readonly AuditEntry[]): Promise<void> {
  const commands = redis.multi();
  for (const entry of entries) commands.xadd(AUDIT_KEY, '*', 'entry', JSON.stringify(entry));
  await commands.exec();
}

/** Adds what a run that has ended did, once: a worker that takes it up again, to bring its record to an end, adds nothing. */
export async function appendRunAudit(redis: Redis, state: RunState): Promise<void> {
  const entries = auditOf(state).map((entry) => JSON.stringify(entry));
  const key = onceKey(`audit-${state.jobId}`);
  await redis.eval(APPEND_ONCE, 2, AUDIT_KEY, key, JOB_TTL_SEC, ...entries);
}

const APPEND_ONCE = `
if not redis.call('SET', KEYS[2], '1', 'NX', 'EX', ARGV[1]) then return end
for i = 2, #ARGV do redis.call('XADD', KEYS[1], '*', 'entry', ARGV[i]) end`;

/** What a run that has ended did: an entry for each step that was begun, and its result. Texts must be redacted. */
function auditOf(state: RunState): readonly AuditEntry[] {
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

async function* readAudit(redis: Redis, ask: Ask, filter: AuditFilter): AsyncGenerator<AuditEntry> {
  const { since = Number.NEGATIVE_INFINITY } = filter;
  let end = '+';
  for (;;) {
    const page = await ask(() => redis.xrevrange(AUDIT_KEY, end, '-', 'COUNT', PAGE));
    const entries = page
      .map(([, fields]) => readable(fields[1] ?? ''))
      .filter((entry) => entry !== undefined);
    for (const entry of entries) if (isMeant(entry, filter)) yield entry;
    const last = page.at(-1)?.[0];
    if (last === undefined || page.length < PAGE) return;
    if (entries.length > 0 && entries.every(({ at }) => at < since - LATE_MS)) return;
    end = `(${last}`;
  }
}

/** What is about every site or deployment is about each of them. */
function isMeant({ at, ...entry }: AuditEntry, { site, deployment, since, until }: AuditFilter): boolean {
  return (
    (since === undefined || at >= since) &&
    (until === undefined || at < until) &&
    (site === undefined || entry.site === site || entry.site === ALL) &&
    (deployment === undefined || entry.deployment === deployment || entry.deployment === ALL)
  );
}

/** Removes and tells in one step, so that nothing is ever gone without a word. */
const TRIM_SCRIPT = `
local gone = redis.call('XTRIM', KEYS[1], 'MINID', ARGV[1])
if gone > 0 then redis.call('XADD', KEYS[1], '*', 'entry', (string.gsub(ARGV[2], '%%COUNT%%', tostring(gone)))) end
return gone`;

async function trimAudit(redis: Redis, before: number, now: number): Promise<number> {
  const entry: AuditEntry = {
    at: now,
    who: { id: 'jaws-ops', name: 'jaws-ops, as every day', via: 'cli' },
    kind: 'trimmed',
    what: 'audit',
    outcome: `%COUNT% entries from before ${new Date(before).toISOString()} were removed, as the policy says`,
  };
  return Number(await redis.eval(TRIM_SCRIPT, 1, AUDIT_KEY, before, JSON.stringify(entry)));
}

function readable(text: string): AuditEntry | undefined {
  try {
    return entrySchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
