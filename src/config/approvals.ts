import { z } from 'zod';
import { ACTIONS, type ActionRequest, type Caller } from '../core/request.ts';
import { whereShape } from './where.ts';

/** An `approvals` entry of `config/policy.yaml`. */
export const approvalRuleSchema = z.strictObject({
  actions: z.array(z.enum(ACTIONS)).min(1).describe('Actions that need a second person'),
  ...whereShape,
  expiresMin: z
    .int()
    .min(1)
    .max(7 * 24 * 60)
    .default(480)
    .describe('How long the request waits, in minutes; then it is refused'),
});
export type ApprovalRule = z.output<typeof approvalRuleSchema>;

/** A `people` entry of `config/policy.yaml`. */
export const personSchema = z.strictObject({
  users: z.array(z.string().min(1)).default([]).describe('Slack user ids'),
  cli: z.array(z.string().min(1)).default([]).describe('Login names that use the command line'),
});
export type Person = z.output<typeof personSchema>;

/**
 * How long a request waits for a second person, in milliseconds; undefined when it needs none. Of several rules that
 * fit, the shortest time counts. A dry run changes nothing and needs nobody.
 */
export function approvalFor(
  rules: readonly ApprovalRule[],
  { action, site, deployment, dryRun }: ActionRequest,
): { readonly withinMs: number } | undefined {
  if (dryRun) return undefined;
  const minutes = rules
    .filter(
      (rule) =>
        rule.actions.includes(action) &&
        (rule.deployments?.includes(deployment) ?? true) &&
        (rule.sites?.includes(site) ?? true),
    )
    .map(({ expiresMin }) => expiresMin);
  return minutes.length === 0 ? undefined : { withinMs: Math.min(...minutes) * 60_000 };
}

/**
 * Whether two callers are one person: the same account, the same name in Slack and at the command line, or accounts
 * that the policy lists as one person's.
 */
export function isSamePerson(people: readonly Person[], a: Caller, b: Caller): boolean {
  if (a.via === b.via && a.id === b.id) return true;
  if (a.name.toLowerCase() === b.name.toLowerCase()) return true;
  return people.some((person) => isAccountOf(person, a) && isAccountOf(person, b));
}

function isAccountOf({ users, cli }: Person, { via, id, name }: Caller): boolean {
  return via === 'slack' ? users.includes(id) : cli.includes(name);
}
