import { expect, test } from 'vitest';
import { checkConfig, loadConfig } from '../../src/config/config.ts';
import { bucketUrl } from '../../src/config/derive.ts';
import { assumedObservation } from '../../src/plan/check.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { changedConfig, replacing, SHIPPED } from '../config/folder.ts';
import { combinations, RELEASE } from '../golden/combinations.ts';

// A number of CPUs in the variable of the memory, a longest time of three minutes, a folder named twice in one path, a
// bucket with the deployment twice in its name.

const problems = (site: string, from: string, to: string) =>
  checkConfig(changedConfig({ [`sites/${site}.yaml`]: replacing(from, to) })).map(({ message }) => message);

test('a number out of its range is refused, with the range', () => {
  expect(problems('tahoma', 'JAWS_MAX_TIME: 2865', 'JAWS_MAX_TIME: 3')).toEqual([
    expect.stringMatching(/env\.JAWS_MAX_TIME: got .*3.*expected .*10–43200/),
  ]);
});

test('a variable that is there twice is refused, with both places', () => {
  const twice = 'JAWS_MAX_RAM_GB: 1480\n  JAWS_MAX_RAM_GB: 36';
  expect(problems('tahoma', 'JAWS_MAX_RAM_GB: 1480', twice)).toEqual([
    expect.stringMatching(/sites\/tahoma\.yaml.*JAWS_MAX_RAM_GB/),
  ]);
});

test('a variable of a third name is refused, with the nearest one', () => {
  expect(problems('tahoma', 'JAWS_MAX_CPU: 36', 'JAWS_MAX_CPUS: 36')).toContainEqual(
    expect.stringMatching(/JAWS_MAX_CPUS.*did you mean JAWS_MAX_CPU\?/),
  );
});

test('folders are joined with one slash, and a bucket carries its deployment once', () => {
  const dir = changedConfig({
    'sites/jgi.yaml': replacing('lr_jgicloud/jaws-install', 'lr_jgicloud/jaws-install/'),
  });
  for (const config of [loadConfig(SHIPPED), loadConfig(dir)])
    expect(config.target('jgi', 'dev').paths.bin).toBe(
      '/global/home/groups-sw/lr_jgicloud/jaws-install/jgi-dev/bin',
    );
  expect(bucketUrl('s3://jaws-site-dev', 'dev')).toBe('s3://jaws-site-dev');
  expect(bucketUrl('s3://jaws-site', 'dev')).toBe('s3://jaws-site-dev');
});

test('an install folder that is new is said in the plan', () => {
  const [one] = combinations().offered;
  if (one === undefined) throw new Error('nothing is offered');
  const { target, site } = one;
  const request = {
    kind: 'action' as const,
    action: 'deploy' as const,
    site,
    deployment: target.deployment,
    dryRun: true,
  };
  const { notes } = makePlan(request, target, RELEASE, assumedObservation(target));
  expect(notes).toContainEqual(expect.stringContaining('first install'));
});
