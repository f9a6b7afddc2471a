import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { groupsOf, holdersOf, type Policy, permits, policySchema, RIGHTS } from '../../src/config/policy.ts';
import type { Caller } from '../../src/core/request.ts';
import { DEPLOYMENTS } from '../../src/core/target.ts';
import { SHIPPED } from './folder.ts';

const policyOf = (...rules: readonly unknown[]): Policy => policySchema.parse({ rules });
const slack = (id: string): Caller => ({ id, name: 'alice', via: 'slack' });
const cli = (name: string): Caller => ({ id: name, name, via: 'cli' });

describe('a policy', () => {
  it('without a fitting rule permits nothing', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...RIGHTS),
        fc.constantFrom(...DEPLOYMENTS),
        fc.boolean(),
        (right, name, viaCli) => {
          const caller = viaCli ? cli('alice') : slack('U0ALICE');
          expect(permits(policyOf(), caller, right, 'aws', name)).toBe(false);
          const rule = { rights: [...RIGHTS], users: ['U0BOB'], groups: ['S0OPS'], cli: ['bob'] };
          expect(permits(policyOf(rule), caller, right, 'aws', name)).toBe(false);
        },
      ),
    );
  });

  it('permits exactly the rights, deployments and sites of a rule', () => {
    const policy = policyOf({ rights: ['deploy'], users: ['U0ALICE'], deployments: ['dev'], sites: ['aws'] });
    const granted = RIGHTS.flatMap((right) =>
      DEPLOYMENTS.flatMap((deployment) =>
        ['aws', 'dori'].flatMap((site) =>
          permits(policy, slack('U0ALICE'), right, site, deployment)
            ? [`${right} ${deployment} ${site}`]
            : [],
        ),
      ),
    );
    expect(granted).toEqual(['deploy dev aws']);
  });

  it('means everyone where it says so', () => {
    const policy = policyOf({ rights: ['read'], everyone: true });
    expect(permits(policy, slack('U0ANY'), 'read', 'aws', 'prod')).toBe(true);
    expect(permits(policy, cli('any'), 'read', 'aws', 'prod')).toBe(true);
    expect(permits(policy, cli('any'), 'deploy', 'aws', 'prod')).toBe(false);
  });

  it('knows user groups by the groups a caller is in', () => {
    const policy = policyOf({ rights: ['deploy'], groups: ['S0OPS'] });
    expect(permits(policy, { ...slack('U0ALICE'), groups: ['S0OPS'] }, 'deploy', 'aws', 'dev')).toBe(true);
    expect(permits(policy, { ...slack('U0ALICE'), groups: ['S0DEV'] }, 'deploy', 'aws', 'dev')).toBe(false);
    expect(permits(policy, slack('U0ALICE'), 'deploy', 'aws', 'dev')).toBe(false);
    expect(groupsOf(policy)).toEqual(['S0OPS']);
  });

  it('keeps login names and Slack ids apart', () => {
    const policy = policyOf({ rights: ['deploy'], users: ['U0ALICE'], cli: ['alice'] });
    expect(permits(policy, cli('U0ALICE'), 'deploy', 'aws', 'dev')).toBe(false);
    expect(permits(policy, cli('alice'), 'deploy', 'aws', 'dev')).toBe(true);
    expect(permits(policy, { id: 'U0MALLORY', name: 'alice', via: 'slack' }, 'deploy', 'aws', 'dev')).toBe(
      false,
    );
  });

  it('refuses a rule that names nobody or an unknown right', () => {
    expect(policySchema.safeParse({ rules: [{ rights: ['read'] }] }).success).toBe(false);
    expect(policySchema.safeParse({ rules: [{ rights: ['write'], everyone: true }] }).success).toBe(false);
    expect(policySchema.safeParse({ rules: [{ rights: ['read'], everyone: false }] }).success).toBe(false);
  });

  it('as shipped lets everyone read and no Slack user do more', () => {
    const { policy } = loadConfig(SHIPPED);
    for (const right of RIGHTS)
      expect(permits(policy, slack('U0ANY'), right, 'aws', 'dev')).toBe(right === 'read');
  });
});

it('names who holds a right on a target, each once', () => {
  const policy = policyOf(
    { rights: ['approve'], users: ['U0ALICE'], groups: ['S0OPS'], deployments: ['prod'] },
    { rights: ['approve'], users: ['U0ALICE', 'U0BOB'], cli: ['carol'], sites: ['aws'] },
    { rights: ['deploy'], users: ['U0DAVE'] },
  );
  expect(holdersOf(policy, 'approve', 'aws', 'prod')).toEqual({
    users: ['U0ALICE', 'U0BOB'],
    groups: ['S0OPS'],
  });
  expect(holdersOf(policy, 'approve', 'jgi', 'dev')).toEqual({ users: [], groups: [] });
});
