import { z } from 'zod';
import { LOOKS } from '../core/look.ts';
import { ACTIONS, type Action } from '../core/request.ts';
import type { RunbookStep } from '../core/runbook.ts';
import type { RunbookRun } from '../runbooks/run.ts';
import { callerSchema } from './schema.ts';

const onFailure = z.enum(['stop', 'continue', 'note']);
const base = { title: z.string(), onFailure };
const deployments = z.union([z.literal('intended'), z.array(z.string())]).exactOptional();
const words = z.record(z.string(), z.string());

const stepSchema: z.ZodType<RunbookStep> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('action'),
    ...base,
    action: z.enum(ACTIONS.filter((action): action is Exclude<Action, 'command'> => action !== 'command')),
    deployments,
    version: z.string().exactOptional(),
    service: z.string().exactOptional(),
    onlyIfDown: z.boolean(),
  }),
  z.object({ kind: z.literal('look'), ...base, look: z.enum(['status', ...LOOKS]), deployments, words }),
  z.object({
    kind: z.literal('command'),
    ...base,
    command: z.string(),
    changes: z.boolean(),
    verify: z.string().exactOptional(),
    deployments,
    shell: z.enum(['sh', 'login']),
    timeoutSec: z.number(),
  }),
  z.object({
    kind: z.literal('question'),
    ...base,
    question: z.string(),
    choices: z.array(
      z.object({
        label: z.string(),
        set: words,
        end: z.enum(['succeeded', 'cancelled']).exactOptional(),
        yes: z.boolean(),
      }),
    ),
  }),
  z.object({ kind: z.literal('link'), ...base, link: z.string() }),
]);

const stateSchema = z.object({
  step: stepSchema,
  index: z.number(),
  deployment: z.string().exactOptional(),
  title: z.string(),
  status: z.enum(['pending', 'running', 'ok', 'warned', 'failed', 'skipped']),
  startedAt: z.number().exactOptional(),
  finishedAt: z.number().exactOptional(),
  detail: z.string().exactOptional(),
  jobId: z.string().exactOptional(),
  queued: z.boolean().exactOptional(),
  seen: z
    .array(z.object({ subject: z.string(), level: z.enum(['ok', 'warn', 'fail']), text: z.string() }))
    .exactOptional(),
});

const runSchema: z.ZodType<RunbookRun> = z.object({
  id: z.string(),
  seq: z.number(),
  runbook: z.string(),
  title: z.string(),
  site: z.string(),
  values: words,
  caller: callerSchema,
  actor: callerSchema,
  reason: z.string().exactOptional(),
  duringMaintenance: z.string().exactOptional(),
  status: z.enum(['running', 'waiting', 'succeeded', 'failed', 'cancelled']),
  startedAt: z.number(),
  finishedAt: z.number().exactOptional(),
  steps: z.array(stateSchema),
  ended: z.string().exactOptional(),
});

/** A run of a runbook from its JSON; undefined for text that this version cannot read. */
export function readRunbookRun(text: string | undefined): RunbookRun | undefined {
  if (text === undefined) return undefined;
  try {
    const parsed = runSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
