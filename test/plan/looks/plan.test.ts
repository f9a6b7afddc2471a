import { describe, expect, test } from 'vitest';
import type { LookRequest } from '../../../src/core/look.ts';
import { plan } from '../../../src/plan/looks/plan.ts';
import { aTarget } from '../../fixtures/target.ts';

const target = aTarget();
const asked = (words: LookRequest['words']) =>
  plan.ask({
    request: { kind: 'look', look: 'plan', site: target.site, deployment: target.deployment, words },
    target,
    targets: [target],
    login: [],
    now: () => 0,
  });

describe('a plan that is only asked for', () => {
  test.each(['deploy', 'start', 'stop', 'restart', 'rollback'])('%s is observed by one script', (action) => {
    expect(asked({ action })).toMatchObject({ name: 'plan' });
  });

  test.each([
    [{ action: 'cleanup' }, 'action'],
    [{ action: 'deploy', launchTool: 'cron' }, 'launchTool'],
    [{ action: 'deploy', other: 'x' }, 'other'],
  ])('%j is refused by its name', (words, name) => {
    expect(() => asked(words)).toThrow(name);
  });
});
