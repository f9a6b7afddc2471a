import { z } from 'zod';
import { LOOKS, type LookRequest } from '../core/look.ts';
import { ACTIONS, type ActionRequest, type Caller, type StatusRequest } from '../core/request.ts';
import type { CommandRef } from '../core/site-command.ts';
import { DEPLOYMENTS } from '../core/target.ts';
import { INSTALL_METHODS } from '../installers/index.ts';
import { LAUNCH_TOOLS } from '../launchers/index.ts';

const name = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'a name of a-z, 0-9, _ and -');
const text = (most: number) => z.string().max(most);

/** Who asked. */
export const callerSchema: z.ZodType<Caller> = z.strictObject({
  id: text(200),
  name: text(200),
  via: z.enum(['slack', 'cli']),
});

const commandRefSchema: z.ZodType<CommandRef> = z.strictObject({
  runbook: name,
  step: z.int().min(0).max(1_000),
  values: z.record(z.string().max(64), text(200)),
});

/**
 * A wish to change a target. Unknown keys are an error: a worker older than the bot must not carry out a request
 * while ignoring half of it.
 */
export const actionRequestSchema: z.ZodType<ActionRequest> = z.strictObject({
  kind: z.literal('action'),
  action: z.enum(ACTIONS),
  site: name,
  deployment: z.enum(DEPLOYMENTS),
  version: text(200).exactOptional(),
  launchTool: z.enum(LAUNCH_TOOLS).exactOptional(),
  installMethod: z.enum(INSTALL_METHODS).exactOptional(),
  service: text(100).exactOptional(),
  undo: text(300).exactOptional(),
  retryOf: text(64).exactOptional(),
  treatAsFailed: z.literal(true).exactOptional(),
  command: commandRefSchema.exactOptional(),
  automaticAfter: text(64).exactOptional(),
  dryRun: z.boolean(),
  reason: text(2_000).exactOptional(),
  duringMaintenance: text(2_000).exactOptional(),
  duringFreeze: text(2_000).exactOptional(),
});

/** A wish to know. */
export const statusRequestSchema: z.ZodType<StatusRequest> = z.strictObject({
  kind: z.literal('status'),
  site: name,
  deployment: z.enum(DEPLOYMENTS).exactOptional(),
});

/** A wish to know something else. */
export const lookRequestSchema: z.ZodType<LookRequest> = z.strictObject({
  kind: z.literal('look'),
  look: z.enum(LOOKS),
  site: name,
  deployment: z.enum(DEPLOYMENTS).exactOptional(),
  command: commandRefSchema.exactOptional(),
  words: z.record(z.string().max(40), text(200)),
});

/** What a job in a target's queue carries. Holds no secret. */
export interface ActionJob {
  readonly request: ActionRequest;
  readonly caller: Caller;
  /** Milliseconds since the epoch. */
  readonly queuedAt: number;
  /** What earlier attempts remembered. */
  readonly memory: Readonly<Record<string, unknown>>;
}

export const actionJobSchema: z.ZodType<ActionJob> = z.strictObject({
  request: actionRequestSchema,
  caller: callerSchema,
  queuedAt: z.number(),
  memory: z.record(z.string(), z.unknown()),
});

/** What a job in a site's queue of questions carries. */
export interface ReadsJob {
  readonly request: StatusRequest | LookRequest;
  /** How long the asker waits, in milliseconds. */
  readonly timeoutMs: number;
}

export const readsJobSchema: z.ZodType<ReadsJob> = z.strictObject({
  request: z.union([statusRequestSchema, lookRequestSchema]),
  timeoutMs: z.number().min(1).max(600_000),
});

/** What is wrong with data, one line: `request.action: Invalid option: expected one of …`. */
export function faultsOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('.') || 'data'}: ${issue.message}`)
    .join('; ');
}
