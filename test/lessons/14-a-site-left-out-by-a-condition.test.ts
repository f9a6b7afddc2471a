import { expect, test } from 'vitest';
import { checkConfig } from '../../src/config/config.ts';
import type { Action } from '../../src/core/request.ts';
import { revealed } from '../../src/core/script.ts';
import { assumedObservation } from '../../src/plan/check.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { changedConfig, replacing } from '../config/folder.ts';
import { combinations, RELEASE } from '../golden/combinations.ts';

// Conditions in shell decided which sites were stopped and started. Two days with a wrong one: every site but one was
// left as it was, and the deploy was green.

const { offered } = combinations();
const EXPECTED: Readonly<Partial<Record<Action, readonly string[]>>> = {
  deploy: ['check', 'stage', 'stop', 'environment', 'write', 'start', 'verify'],
  restart: ['check', 'stop', 'start', 'verify'],
  start: ['check', 'start', 'verify'],
  stop: ['check', 'stop', 'verify'],
};

test('every site, deployment and tool is really stopped, started and verified', () => {
  for (const { target, site, name } of offered) {
    for (const [action, steps] of Object.entries(EXPECTED)) {
      const request = {
        kind: 'action' as const,
        action: action as Action,
        site,
        deployment: target.deployment,
        dryRun: true,
      };
      const plan = makePlan(request, target, RELEASE, assumedObservation(target));
      expect(
        plan.steps.map(({ id }) => id),
        `${target.id}, ${name}, ${action}`,
      ).toEqual(steps);
      for (const { id, script } of plan.steps) {
        if (id !== 'stop' && id !== 'start') continue;
        expect(revealed(script).length, `${target.id}, ${name}, ${action}: ${id}`).toBeGreaterThan(200);
      }
    }
  }
});

test.each(['systemctl', '', '$JAWS_LAUNCH_TOOL'])(
  'the launch tool "%s" is an error, never a default',
  (kind) => {
    const dir = changedConfig({ 'sites/dori.yaml': replacing('kind: systemd', `kind: "${kind}"`) });
    expect(checkConfig(dir).map(({ message }) => message)).toContainEqual(
      expect.stringMatching(
        /sites\/dori\.yaml: launcher\.kind: .*expected supervisor \| systemd \| scrontab/,
      ),
    );
  },
);
