import { createHash } from 'node:crypto';
import { type RenderedFile, sha256 } from './file.ts';
import type { ActionRequest } from './request.ts';
import { masked, type Script } from './script.ts';
import type { TargetId } from './target.ts';

/** Steps of an action, in the order a channel sees them. */
export const STEP_IDS = ['check', 'stage', 'stop', 'environment', 'write', 'start', 'act', 'verify'] as const;
export type StepId = (typeof STEP_IDS)[number];

/** Whether a step of this name changes the site. */
export function isAct(id: StepId): boolean {
  return id !== 'check' && id !== 'verify';
}

/**
 * One step of a plan.
 * - `observe`: read-only and repeatable; runs attached, its output is judged by a pure function of the same name.
 * - `act`: changes the site; runs detached, at most once per job, behind the fence.
 */
export interface Step {
  readonly id: StepId;
  readonly title: string;
  readonly kind: 'observe' | 'act';
  readonly script: Script;
  /** `login` runs under `bash -l` (for `module load`), `sh` under plain sh. */
  readonly shell: 'sh' | 'login';
  /** Files sent along as one stream, unpacked under `$JAWS_OPS_STAGING` before the script runs. */
  readonly files: readonly RenderedFile[];
  readonly timeoutMs: number;
  readonly onFailure: 'stop' | 'warn';
}

export interface Plan {
  readonly target: TargetId;
  readonly request: ActionRequest;
  /** Version that will be live at the end. */
  readonly version: string;
  /** The release that a deploy installs or a rollback undoes. */
  readonly release?: string;
  readonly steps: readonly Step[];
  /** One line each: what the plan will do beyond the usual and why. */
  readonly notes: readonly string[];
  /** Hexadecimal SHA-256 over all that the plan would do; an approval names it. */
  readonly hash: string;
}

/** Completes a plan with its hash. The content of secret files enters as digest only. */
export function sealPlan(plan: Omit<Plan, 'hash'>): Plan {
  const essence = {
    target: plan.target,
    action: plan.request.action,
    version: plan.version,
    steps: plan.steps.map((step) => ({
      id: step.id,
      script: masked(step.script),
      files: step.files.map((file) => [file.path, file.mode, file.group ?? '', sha256(file.content)]),
    })),
  };
  return { ...plan, hash: createHash('sha256').update(JSON.stringify(essence)).digest('hex') };
}
