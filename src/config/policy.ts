import { z } from 'zod';
import type { Caller } from '../core/request.ts';
import { approvalRuleSchema, personSchema } from './approvals.ts';
import { auditSchema } from './audit.ts';
import { freezeSchema } from './freezes.ts';
import { rollbackRuleSchema } from './rollbacks.ts';
import { whereShape } from './where.ts';

/** What a caller can be allowed to do to a target. No right includes another. */
export const RIGHTS = ['read', 'operate', 'deploy', 'approve'] as const;
export type Right = (typeof RIGHTS)[number];

const ruleSchema = z
  .strictObject({
    rights: z.array(z.enum(RIGHTS)).min(1).describe('What is allowed'),
    everyone: z.literal(true).optional().describe('Whoever can type the command'),
    users: z
      .array(z.string().regex(/^[UW][A-Z0-9]{2,}$/, 'expected a Slack user id such as U0123ABCD'))
      .default([])
      .describe('Slack user ids'),
    groups: z
      .array(z.string().regex(/^S[A-Z0-9]{2,}$/, 'expected a Slack user group id such as S0123ABCD'))
      .default([])
      .describe('Slack user group ids'),
    cli: z.array(z.string().min(1)).default([]).describe('Login names that use the command line'),
    ...whereShape,
  })
  .refine((rule) => rule.everyone || rule.users.length + rule.groups.length + rule.cli.length > 0, {
    error: 'expected at least one of everyone, users, groups, cli',
  });

/** `config/policy.yaml`. */
export const policySchema = z.strictObject({
  rules: z.array(ruleSchema).describe('What no rule allows is refused'),
  approvals: z
    .array(approvalRuleSchema)
    .default([])
    .describe('What is done only after a second person, who has the right `approve`, has seen its plan'),
  freezes: z
    .array(freezeSchema)
    .default([])
    .describe('Times in which something is not done; `--during-freeze "why"` overrides one, on record'),
  rollbacks: z
    .array(rollbackRuleSchema)
    .default([])
    .describe('Where a deploy that fails after it has stopped services is rolled back without asking'),
  audit: auditSchema.prefault({}).describe('The record of what was said and done'),
  people: z
    .array(personSchema)
    .default([])
    .describe(
      'Accounts that belong to one person, so that nobody approves an own request under another name',
    ),
});
export type Policy = z.output<typeof policySchema>;

/** A caller together with the Slack user groups that the caller is known to be in. */
export interface PolicyCaller extends Caller {
  readonly groups?: readonly string[];
}

/** Whether some rule gives the caller the right on the target. Without such a rule: no. */
export function permits(
  policy: Policy,
  caller: PolicyCaller,
  right: Right,
  site: string,
  deployment: string,
): boolean {
  return policy.rules.some(
    (rule) => covers(rule, right, site, deployment) && (rule.everyone === true || names(rule, caller)),
  );
}

/** Whether a rule is about a right on a target, whoever has it. */
function covers(rule: Policy['rules'][number], right: Right, site: string, deployment: string): boolean {
  return (
    rule.rights.includes(right) &&
    (rule.sites?.includes(site) ?? true) &&
    (rule.deployments?.some((name) => name === deployment) ?? true)
  );
}

function names(rule: Policy['rules'][number], caller: PolicyCaller): boolean {
  if (caller.via === 'cli') return rule.cli.includes(caller.name);
  return (
    rule.users.includes(caller.id) || rule.groups.some((group) => caller.groups?.includes(group) ?? false)
  );
}

/** The Slack users and user groups whom a rule gives a right on a target by name. */
export function holdersOf(
  policy: Policy,
  right: Right,
  site: string,
  deployment: string,
): { readonly users: readonly string[]; readonly groups: readonly string[] } {
  const rules = policy.rules.filter((rule) => covers(rule, right, site, deployment));
  return {
    users: [...new Set(rules.flatMap(({ users }) => users))],
    groups: [...new Set(rules.flatMap(({ groups }) => groups))],
  };
}

/** The Slack user groups that some rule names. */
export function groupsOf(policy: Policy): readonly string[] {
  return [...new Set(policy.rules.flatMap((rule) => rule.groups))];
}
