import { expect, test } from 'vitest';
import { policySchema } from '../../src/config/policy.ts';
import { automaticRollback } from '../../src/config/rollbacks.ts';
import { request } from '../fixtures/runs.ts';

const everyone = { everyone: true, rights: ['read'] };
const policy = (rest: object) => policySchema.parse({ rules: [everyone], ...rest });

test('nothing is rolled back unasked unless the policy says so', () => {
  expect(automaticRollback(policy({}), request())).toBeUndefined();
  const elsewhere = policy({ rollbacks: [{ sites: ['jgi'] }, { deployments: ['staging'] }] });
  expect(automaticRollback(elsewhere, request())).toBeUndefined();
});

test('where it says so, only a deploy is, and no dry run', () => {
  const here = policy({ rollbacks: [{ deployments: ['dev'], sites: ['aws'] }] });
  expect(automaticRollback(here, request())).toBe('free');
  expect(automaticRollback(here, request({ dryRun: true }))).toBeUndefined();
  for (const action of ['rollback', 'restart', 'stop', 'start'] as const)
    expect(automaticRollback(here, request({ action })), action).toBeUndefined();
});

test('where a rollback needs a second person, it rests on the approval of the deploy', () => {
  const both = policy({ rollbacks: [{}], approvals: [{ actions: ['rollback'] }] });
  expect(automaticRollback(both, request())).toBe('approved');
  const deployOnly = policy({ rollbacks: [{}], approvals: [{ actions: ['deploy'] }] });
  expect(automaticRollback(deployOnly, request())).toBe('free');
});
