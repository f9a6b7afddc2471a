import { expect, test } from 'vitest';
import { revealed } from '../../src/core/script.ts';
import { scrontabOptions } from '../../src/launchers/scrontab-options.ts';
import { jobName } from '../../src/launchers/scrontab-paths.ts';
import { assumedObservation } from '../../src/plan/check.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { combinations, RELEASE } from '../golden/combinations.ts';

// Workers outlived a redeploy. The loop that was to cancel them had one word for four sizes, and stood where the
// configuration is read, so that it ran whenever anything was looked at.

const { offered } = combinations();
const planned = (action: 'deploy' | 'stop', one: (typeof offered)[number]) => {
  const { target, site } = one;
  const request = { kind: 'action' as const, action, site, deployment: target.deployment, dryRun: false };
  return makePlan(request, target, RELEASE, assumedObservation(target)).steps;
};

test('what only looks cancels, stops and submits nothing', () => {
  for (const one of offered) {
    for (const { id, kind, script } of planned('deploy', one)) {
      if (kind !== 'observe') continue;
      expect(revealed(script), `${one.target.id}, ${one.name}: ${id}`).not.toMatch(
        /^\s*(scancel|sbatch|cancel|kill -[A-Z]|rm |ask (stop|start|restart|update))\b/m,
      );
    }
  }
});

test('the stop alone cancels workers, each size by a name of its own', () => {
  const jobs = offered.filter(({ own, launchTool }) => own && launchTool === 'scrontab');
  expect(jobs.length).toBeGreaterThanOrEqual(6);
  for (const one of jobs) {
    const { workers } = scrontabOptions(one.target);
    expect(workers).toEqual(['small', 'medium', 'large', 'xlarge']);
    const names = workers.map((size) => `${jobName(one.target)}_htcondor_worker_${size}`);
    for (const { id, script } of planned('deploy', one)) {
      const words = revealed(script).split(/[\s;]+/);
      for (const name of names) expect(words.includes(name), `${id}: ${name}`).toBe(id === 'stop');
    }
  }
});
