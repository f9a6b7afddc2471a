import { z } from 'zod';
import type { ActionRequest } from '../core/request.ts';
import { type ApprovalRule, approvalFor } from './approvals.ts';
import { whereShape } from './where.ts';

/** A `rollbacks` entry of `config/policy.yaml`. */
export const rollbackRuleSchema = z.strictObject({
  ...whereShape,
});
export type RollbackRule = z.output<typeof rollbackRuleSchema>;

/** How a failed deploy may be rolled back without anybody asking: freely, or covered by the approval of the deploy. */
export type AutomaticRollback = 'free' | 'approved';

/** Whether a request is rolled back automatically when it fails; undefined when not. Only a deploy ever is. */
export function automaticRollback(
  policy: { readonly rollbacks: readonly RollbackRule[]; readonly approvals: readonly ApprovalRule[] },
  request: ActionRequest,
): AutomaticRollback | undefined {
  const { action, site, deployment, dryRun } = request;
  if (action !== 'deploy' || dryRun) return undefined;
  const wanted = policy.rollbacks.some(
    (rule) => (rule.deployments?.includes(deployment) ?? true) && (rule.sites?.includes(site) ?? true),
  );
  if (!wanted) return undefined;
  return approvalFor(policy.approvals, { ...request, action: 'rollback' }) === undefined
    ? 'free'
    : 'approved';
}
