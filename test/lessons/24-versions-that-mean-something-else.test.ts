import { describe, expect, test } from 'vitest';
import { checkVersion } from '../../src/commands/slots.ts';
import { OpsError } from '../../src/core/errors.ts';
import { imageOf } from '../../src/installers/apptainer-options.ts';
import { assumedObservation } from '../../src/plan/check.ts';
import { makePlan, releaseOf } from '../../src/plan/plan.ts';
import { request } from '../fixtures/runs.ts';
import { aTarget } from '../fixtures/target.ts';
import { combinations, RELEASE } from '../golden/combinations.ts';

// A prefix of the tag twice, a tag with an empty number, a version that was literally `prod`, a deploy without one;
// images of two kinds under one tag.

const images = combinations().offered.filter(
  ({ installMethod, launchTool }) => installMethod === 'apptainer-run' && launchTool !== 'scrontab',
);

describe.each(['', 'prod', 'Staging', 'apptainer-2.5.4', 'docker-2.5.4', 'mr-1/../2', '2.5.4 '])(
  'the version "%s"',
  (version) => {
    test('is refused where it is typed and where an image is made of it', () => {
      // A prefix of the tag is no wrong version where a venv is meant.
      if (!/^(apptainer|docker)-/.test(version)) expect(() => checkVersion(version)).toThrow(OpsError);
      for (const { target } of images) expect(() => imageOf(target, version), target.id).toThrow(OpsError);
    });
  },
);

test('no version at all is an error, not the newest there is', () => {
  const target = aTarget({ values: { JAWS_SITE_VERSION: '' } });
  expect(() => releaseOf(target, request(), 'd-1')).toThrow(/no version was given/);
});

test('one version is one image, the same at every site that has the same registry', () => {
  expect(images.length).toBeGreaterThan(10);
  for (const { target, name } of images) {
    const { uri } = imageOf(target, '2.5.4');
    expect(uri.match(/2\.5\.4/g), `${target.id}, ${name}: ${uri}`).toHaveLength(1);
    expect(uri.match(/apptainer-/g) ?? [], `${target.id}, ${name}: ${uri}`).toHaveLength(1);
    expect(imageOf(target, '2.6.0').uri).not.toBe(uri);
  }
});

test('the image is pulled to a new file in the step before anything is stopped', () => {
  for (const { target, site } of images) {
    const wish = request({ site, deployment: target.deployment });
    const { steps } = makePlan(wish, target, RELEASE, assumedObservation(target));
    const ids = steps.map(({ id }) => id);
    const pulls = steps
      .filter(({ script }) => JSON.stringify(script).includes(imageOf(target, RELEASE.version).uri))
      .map(({ id }) => id);
    expect(pulls, target.id).toEqual(['stage']);
    expect(ids.indexOf('stage')).toBeLessThan(ids.indexOf('stop'));
  }
});
