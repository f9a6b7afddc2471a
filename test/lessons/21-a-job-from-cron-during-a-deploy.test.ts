import { expect, test } from 'vitest';
import { revealed } from '../../src/core/script.ts';
import { reveal } from '../../src/core/secret.ts';
import { assumedObservation, judgeCheck } from '../../src/plan/check.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { renderTarget } from '../../src/plan/render-target.ts';
import { combinations, RELEASE } from '../golden/combinations.ts';
import { refusals } from './world.ts';

// While a deploy was at work, cron submitted a job with the files of the version before.

const jobs = combinations().offered.filter(({ own, launchTool }) => own && launchTool === 'scrontab');

test('the entry goes before anything is cancelled, and comes back before a job is submitted', () => {
  expect(jobs.length).toBeGreaterThanOrEqual(6);
  for (const { target, site } of jobs) {
    const request = {
      kind: 'action' as const,
      action: 'deploy' as const,
      site,
      deployment: target.deployment,
      dryRun: false,
    };
    const { steps } = makePlan(request, target, RELEASE, assumedObservation(target));
    const text = (id: string) => revealed(steps.find((step) => step.id === id)?.script ?? { parts: [] });
    const at = (id: string, what: RegExp) => {
      const place = text(id).search(what);
      expect(place, `${id}: ${what}`).toBeGreaterThan(0);
      return place;
    };
    expect(at('stop', /^table remove$/m)).toBeLessThan(at('stop', /^ +empty_queue$/m));
    expect(at('start', /^drop_others$/m)).toBeLessThan(at('start', /^table put$/m));
    expect(at('start', /^table put$/m)).toBeLessThan(at('start', /^keep_one$/m));
  }
});

test('the starter looks into the queue right before it submits, and Slurm runs one of a name at a time', () => {
  for (const { target } of jobs) {
    const starter = renderTarget(target, RELEASE).find(({ path }) => path.endsWith('/starter.sh'));
    const text = reveal(starter?.content ?? '');
    expect(text).toContain('--dependency=singleton');
    const [, between = ''] = /\nrefuse_second\n(?!look_ahead)([\s\S]*?)sbatch /.exec(text) ?? [];
    expect(between).toBe('');
    expect(text.lastIndexOf('refuse_second')).toBeGreaterThan(text.indexOf('look_ahead\n'));
  }
});

test('a deployment that somebody else has locked at the site is left alone', () => {
  const [one] = jobs;
  if (one === undefined) throw new Error('no site runs its services in Slurm jobs');
  const seen = assumedObservation(one.target);
  const locked = {
    ...seen,
    site: { ...seen.site, lock: 'job=ci-7 attempt=1 who=ci since=2026-11-22T00:00:00Z' },
  };
  expect(refusals(judgeCheck(one.target, RELEASE, locked, 'd-1'))).toContainEqual(
    expect.stringContaining('locked at the site by job=ci-7'),
  );
});
