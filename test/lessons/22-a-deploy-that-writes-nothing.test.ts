import { expect, test } from 'vitest';
import { assumedObservation } from '../../src/plan/check.ts';
import { describePlan } from '../../src/plan/describe.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { renderTarget } from '../../src/plan/render-target.ts';
import { combinations, RELEASE } from '../golden/combinations.ts';

// A rewrite swapped arguments and ran a file instead of reading it: two writers wrote nothing, and nobody was told.

const { offered } = combinations();

test('a dry run lists every file that would be written, with its mode', () => {
  for (const { target, site, name } of offered) {
    const request = {
      kind: 'action' as const,
      action: 'deploy' as const,
      site,
      deployment: target.deployment,
      dryRun: true,
    };
    const shown = describePlan(makePlan(request, target, RELEASE, assumedObservation(target)));
    for (const { path, mode } of renderTarget(target, RELEASE))
      expect(shown, `${target.id}, ${name}`).toContain(`${mode.toString(8).padStart(4, '0')} ${path}`);
  }
});

test('each service has a file that starts it and a place in its launch tool, at every site', () => {
  for (const { target, name } of offered) {
    const files = renderTarget(target, RELEASE);
    for (const service of target.services) {
      const own = files.filter(({ path }) => path.endsWith(`/${service.name}`));
      expect(own, `${target.id}, ${name}: ${service.name}`).toHaveLength(1);
    }
    expect(files.map(({ path }) => path)).toContain(`${target.paths.config}/jaws-site.conf`);
    expect(files.map(({ path }) => path)).toContain(`${target.paths.config}/site.env`);
  }
});

test('a target without services is no target', () => {
  const [one] = offered;
  if (one === undefined) throw new Error('nothing is offered');
  expect(() => renderTarget({ ...one.target, services: [] }, RELEASE)).toThrow(/no service|no file/);
});
