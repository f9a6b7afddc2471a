import { expect, test } from 'vitest';
import { revealed } from '../../src/core/script.ts';
import { reveal } from '../../src/core/secret.ts';
import { assumedObservation } from '../../src/plan/check.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { combinations, RELEASE } from '../golden/combinations.ts';

// Proxy variables were set for one deployment of a site and forgotten for two, and at another site they broke what
// needs no proxy.

const PROXY = 'proxy.emsl.pnl.gov';
const { offered } = combinations();

test('the proxy of tahoma is there in each deployment, for the steps that install, and at no other site', () => {
  for (const { target, site, own } of offered.filter((one) => one.own)) {
    const request = {
      kind: 'action' as const,
      action: 'deploy' as const,
      site,
      deployment: target.deployment,
      dryRun: false,
    };
    const { steps } = makePlan(request, target, RELEASE, assumedObservation(target));
    const withProxy = steps.filter(({ script }) => revealed(script).includes(PROXY)).map(({ id }) => id);
    expect(own).toBe(true);
    expect(withProxy, target.id).toEqual(site === 'tahoma' ? ['stage'] : []);
    for (const file of steps.flatMap(({ files }) => files))
      expect(reveal(file.content), `${target.id}: services never see it`).not.toContain(PROXY);
  }
});
