import { expect, test } from 'vitest';
import { approvalLines } from '../../src/commands/approval-lines.ts';
import { approvalFor, isSamePerson } from '../../src/config/approvals.ts';
import { loadConfig } from '../../src/config/config.ts';
import { permits, RIGHTS } from '../../src/config/policy.ts';
import type { Caller } from '../../src/core/request.ts';
import { SHIPPED } from '../config/folder.ts';
import { alice } from '../fixtures/directory.ts';
import { fold, queued, request, runningIn, T0 } from '../fixtures/runs.ts';

// Jobs without rules ran on any pipeline, those of prod among them, and nobody had to say yes.

const config = loadConfig(SHIPPED);
const { policy } = config;

test('what no rule allows is denied: whoever is in no rule may read, and nothing else', () => {
  const nobody: Caller = { id: 'U0NOBODY', name: 'nobody', via: 'slack' };
  for (const site of config.sites)
    for (const deployment of config.deployments)
      expect(
        RIGHTS.filter((right) => permits(policy, nobody, right, site, deployment)),
        `${deployment} at ${site}`,
      ).toEqual(['read']);
});

test('a deploy and a rollback of prod wait for a second person, at every site', () => {
  for (const site of config.sites)
    for (const action of ['deploy', 'rollback'] as const)
      expect(
        approvalFor(policy.approvals, request({ site, action, deployment: 'prod' }))?.withinMs,
        site,
      ).toBeGreaterThan(0);
});

test('who asked is not that person, under no other name either', () => {
  expect(isSamePerson(policy.people, alice, alice)).toBe(true);
  expect(isSamePerson(policy.people, alice, { id: 'alice', name: 'Alice', via: 'cli' })).toBe(true);
});

test('what is to be approved names the plan and what it changes', () => {
  const waiting = fold(runningIn('check', queued('d-1', { deployment: 'prod' })), {
    at: T0,
    type: 'awaiting',
    approval: { hash: 'f'.repeat(64), until: T0, changes: ['changed: jaws.conf (+2 −1)'], changed: false },
  });
  const lines = approvalLines(waiting, { at: String, text: (value) => value }).join('\n');
  expect(lines).toContain('Plan ffffffffffff');
  expect(lines).toContain('somebody other than alice');
  expect(lines).toContain('changed: jaws.conf (+2 −1)');
  expect(lines).toContain('/jaws approve d-1');
});
