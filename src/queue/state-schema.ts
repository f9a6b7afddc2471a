import { z } from 'zod';
import type { Approval, Decision } from '../core/approval.ts';
import { ERRORS, type ErrorCode, type Problem } from '../core/errors.ts';
import { STEP_IDS } from '../core/plan.ts';
import type { RunState } from '../core/run.ts';
import { SERVICE_CONDITIONS, TARGET_CONDITIONS, type TargetStatus } from '../core/service.ts';
import { actionRequestSchema, callerSchema } from './schema.ts';

const CODES = Object.keys(ERRORS).filter((code): code is ErrorCode => code in ERRORS);

/** A code that this version does not know, from a newer worker, reads as `internal`; its message stays. */
export const problemSchema: z.ZodType<Problem> = z.object({
  code: z.enum(CODES).catch('internal'),
  message: z.string(),
  next: z.string(),
});

const serviceSchema = z.object({
  service: z.string(),
  unit: z.string(),
  condition: z.enum(SERVICE_CONDITIONS),
  pid: z.number().exactOptional(),
  uptimeSec: z.number().exactOptional(),
  detail: z.string().exactOptional(),
});

/** How a target is, as a worker answered it. */
export const targetStatusSchema: z.ZodType<TargetStatus> = z.object({
  site: z.string(),
  deployment: z.string(),
  condition: z.enum(TARGET_CONDITIONS),
  services: z.array(serviceSchema),
  version: z.string().exactOptional(),
  detail: z.string().exactOptional(),
  observedAt: z.number(),
});

const stepSchema = z.object({
  id: z.enum(STEP_IDS),
  title: z.string(),
  status: z.enum(['pending', 'running', 'ok', 'warned', 'failed', 'skipped']),
  startedAt: z.number().exactOptional(),
  finishedAt: z.number().exactOptional(),
  detail: z.string().exactOptional(),
  tail: z.array(z.string()).exactOptional(),
});

/** What somebody said to a plan, as it stands in Redis. */
export const decisionSchema: z.ZodType<Decision> = z.object({
  verdict: z.enum(['approved', 'rejected']),
  by: callerSchema,
  at: z.number(),
  reason: z.string().exactOptional(),
});

const approvalSchema: z.ZodType<Approval> = z.object({
  hash: z.string(),
  until: z.number(),
  changes: z.array(z.string()),
  changed: z.boolean(),
  covers: z.literal('rollback').exactOptional(),
  decision: decisionSchema.exactOptional(),
});

/** A snapshot of a run. Keys that this version does not know are dropped. */
export const runStateSchema: z.ZodType<RunState> = z.object({
  jobId: z.string(),
  seq: z.number(),
  target: z.string(),
  request: actionRequestSchema,
  caller: callerSchema,
  status: z.enum(['queued', 'running', 'awaiting', 'succeeded', 'failed', 'refused', 'cancelled']),
  queuedAt: z.number(),
  startedAt: z.number().exactOptional(),
  finishedAt: z.number().exactOptional(),
  attempt: z.number(),
  worker: z.string().exactOptional(),
  planHash: z.string().exactOptional(),
  approval: approvalSchema.exactOptional(),
  version: z.string().exactOptional(),
  release: z.string().exactOptional(),
  notes: z.array(z.string()),
  steps: z.array(stepSchema),
  observed: targetStatusSchema.exactOptional(),
  problem: problemSchema.exactOptional(),
  downtimeMs: z.number().exactOptional(),
  undoneBy: z.string().exactOptional(),
});

/** A snapshot read from Redis, or undefined when it is none. */
export function readState(value: unknown): RunState | undefined {
  const parsed = runStateSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/** The same from JSON text. */
export function readStateText(text: string | undefined): RunState | undefined {
  if (text === undefined) return undefined;
  try {
    return readState(JSON.parse(text));
  } catch {
    return undefined;
  }
}
