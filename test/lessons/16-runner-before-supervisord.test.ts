import { expect, test } from 'vitest';
import { reveal } from '../../src/core/secret.ts';
import { renderTarget } from '../../src/plan/render-target.ts';
import { combinations, RELEASE } from '../golden/combinations.ts';

// The job's script started the GitLab runner in the foreground, so that supervisord behind it was never reached.
// A trap after an `exec` never ran either.

test('the job replaces itself by supervisord in its last line, and starts nothing else in the foreground', () => {
  const jobs = combinations().offered.filter(({ own, launchTool }) => own && launchTool === 'scrontab');
  expect(jobs.length).toBeGreaterThanOrEqual(6);
  for (const { target } of jobs) {
    const files = renderTarget(target, RELEASE);
    const supervisord = files.find(({ path }) => path.endsWith('/bin/supervisord'))?.path;
    const job = files.find(({ path }) => path.endsWith('/jaws-site-cronjob'));
    const lines = reveal(job?.content ?? '')
      .trimEnd()
      .split('\n');
    expect(lines.at(-1)).toBe(`exec ${supervisord}`);
    expect(lines.filter((line) => /^exec /.test(line))).toHaveLength(1);
    expect(lines.join('\n')).not.toMatch(/gitlab-runner|supervisorctl|\btrap\b|start all/);
  }
});
