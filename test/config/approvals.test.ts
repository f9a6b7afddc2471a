import { describe, expect, it } from 'vitest';
import { approvalFor, isSamePerson } from '../../src/config/approvals.ts';
import { loadConfig } from '../../src/config/config.ts';
import { policySchema } from '../../src/config/policy.ts';
import type { Caller } from '../../src/core/request.ts';
import { request } from '../fixtures/runs.ts';
import { SHIPPED } from './folder.ts';

const rulesOf = (...approvals: readonly unknown[]) => policySchema.parse({ rules: [], approvals }).approvals;

describe('what needs a second person', () => {
  it('is nothing where no rule says so', () => {
    expect(approvalFor(rulesOf(), request({ deployment: 'prod' }))).toBeUndefined();
  });

  it('is what a rule names by action, deployment and site', () => {
    const rules = rulesOf({ actions: ['deploy'], deployments: ['prod'], sites: ['aws'], expiresMin: 30 });
    expect(approvalFor(rules, request({ deployment: 'prod' }))).toEqual({ withinMs: 30 * 60_000 });
    expect(approvalFor(rules, request({ deployment: 'dev' }))).toBeUndefined();
    expect(approvalFor(rules, request({ deployment: 'prod', site: 'dori' }))).toBeUndefined();
    expect(approvalFor(rules, request({ deployment: 'prod', action: 'stop' }))).toBeUndefined();
  });

  it('is no dry run', () => {
    const rules = rulesOf({ actions: ['deploy'] });
    expect(approvalFor(rules, request({ dryRun: true }))).toBeUndefined();
  });

  it('waits for the shortest of several times', () => {
    const rules = rulesOf({ actions: ['deploy'] }, { actions: ['deploy'], expiresMin: 60 });
    expect(approvalFor(rules, request())).toEqual({ withinMs: 3600_000 });
  });

  it('is a deploy of prod and its rollback, as shipped', () => {
    const { approvals } = loadConfig(SHIPPED).policy;
    const needs = (['deploy', 'rollback', 'start', 'stop', 'restart'] as const).filter(
      (action) => approvalFor(approvals, request({ action, deployment: 'prod' })) !== undefined,
    );
    expect(needs).toEqual(['deploy', 'rollback']);
    expect(approvalFor(approvals, request({ deployment: 'staging' }))).toBeUndefined();
  });
});

describe('one person', () => {
  const slack = (id: string, name: string): Caller => ({ id, name, via: 'slack' });
  const cli = (name: string): Caller => ({ id: name, name, via: 'cli' });

  it('is one account, and one name in Slack and at the command line', () => {
    expect(isSamePerson([], slack('U0ADA', 'ada'), slack('U0ADA', 'countess'))).toBe(true);
    expect(isSamePerson([], slack('U0ADA', 'ada'), cli('Ada'))).toBe(true);
    expect(isSamePerson([], slack('U0ADA', 'ada'), slack('U0GRACE', 'grace'))).toBe(false);
  });

  it('has the accounts that the policy lists', () => {
    const people = [{ users: ['U0ADA'], cli: ['alovelace'] }];
    expect(isSamePerson(people, slack('U0ADA', 'ada'), cli('alovelace'))).toBe(true);
    expect(isSamePerson(people, cli('alovelace'), slack('U0ADA', 'ada'))).toBe(true);
    expect(isSamePerson(people, slack('U0GRACE', 'grace'), cli('alovelace'))).toBe(false);
  });
});
