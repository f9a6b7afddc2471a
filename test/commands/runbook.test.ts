import { expect, test } from 'vitest';
import { answer } from '../../src/commands/parse.ts';
import { createRunbookDriver, type RunbookDriver } from '../../src/commands/runbook-driver.ts';
import type { Caller } from '../../src/core/request.ts';
import { advance } from '../../src/core/run.ts';
import type { RunbookRun } from '../../src/runbooks/run.ts';
import { alice, directory, reader } from '../fixtures/directory.ts';
import { FakeJobs } from '../fixtures/jobs.ts';
import { until } from '../fixtures/until.ts';
import { aWindow } from '../fixtures/windows.ts';

const context = (jobs: FakeJobs, caller: Caller = alice) => ({
  caller,
  directory,
  jobs,
  now: () => 1_000_000,
});

function drive(jobs: FakeJobs): RunbookDriver {
  return createRunbookDriver({
    jobs,
    directory,
    takes: () => true,
    warn: () => undefined,
    now: () => 1_000_000,
  });
}

async function begun(jobs: FakeJobs, line: string): Promise<RunbookRun> {
  const reply = await answer(line, context(jobs));
  if (reply.kind !== 'runbook') throw new Error(JSON.stringify(reply));
  return reply.run;
}

const runOf = async (jobs: FakeJobs, id: string) => (await jobs.runbooks.find(id))?.run;
const ended = (jobs: FakeJobs) => {
  const job = [...jobs.jobs.values()].at(-1);
  if (job === undefined) throw new Error('there is no job');
  jobs.push(advance(job.state, { type: 'finished', status: 'succeeded', at: 2 }));
};

test('is understood in any order, and refused with what was expected', async () => {
  const jobs = new FakeJobs();
  expect(await begun(jobs, 'runbook run jgi new-release version=2.5.4')).toMatchObject({
    site: 'jgi',
    runbook: 'new-release',
    values: { version: '2.5.4' },
  });
  for (const [line, message] of [
    ['runbook run new-realease jgi', 'did you mean new-release?'],
    ['runbook run new-release', 'SITE is missing'],
    ['runbook run new-release jgi', 'version is missing'],
    ['runbook run gitlab-runner-tahoma jgi', 'is not for jgi, expected tahoma'],
    ['runbook dance', 'expected list, show, run'],
    ['runbook answer rb-none 1', 'no run of a runbook has the id rb-none'],
    ['runbook run new-release jgi version=2.5.4', 'is running new-release at jgi already'],
  ] as const) {
    expect(JSON.stringify(await answer(line, context(jobs)))).toContain(message);
  }
});

test('takes the rights of what it does, before the first of it is done', async () => {
  const jobs = new FakeJobs();
  const line = 'runbook run start-jaws-site-services jgi deployment=dev';
  const refused = await answer(line, context(jobs, reader));
  expect(refused).toMatchObject({ kind: 'problem', problem: { code: 'refused.permission' } });
  const looks = await answer('runbook run gitlab-runner-tahoma', context(jobs, reader));
  expect(looks).toMatchObject({ kind: 'runbook', run: { site: 'tahoma' } });
});

test('is refused in a maintenance, unless it says why', async () => {
  const jobs = new FakeJobs();
  await jobs.windows.add(aWindow({ site: 'jgi', start: 1, end: 2_000_000 }));
  const line = 'runbook run start-jaws-site-services jgi';
  expect(await answer(line, context(jobs))).toMatchObject({ problem: { code: 'refused.maintenance' } });
  const run = await begun(jobs, `${line} --during-maintenance "asked for"`);
  expect(run.duringMaintenance).toBe('asked for');
});

test('goes on where an earlier process left it, and queues nothing twice', async () => {
  const jobs = new FakeJobs();
  const { id } = await begun(jobs, 'runbook run new-release jgi version=2.5.4');
  const first = drive(jobs);
  await first.start();
  await until('the job is queued', async () => jobs.submitted.length === 1);
  await first.close();
  // As if the process had ended right after queueing, before it could say so.
  const view = jobs.runbooks.kept.get(id);
  if (view === undefined) throw new Error('there is no run');
  const steps = view.run.steps.map(({ queued: _queued, ...step }) => step);
  jobs.runbooks.kept.set(id, { ...view, run: { ...view.run, steps } });

  const second = drive(jobs);
  const third = drive(jobs);
  await Promise.all([second.start(), third.start()]);
  await until(
    'the job is followed',
    async () => (await runOf(jobs, id))?.steps.some(({ queued }) => queued) === true,
  );
  ended(jobs);
  await until('a person is asked', async () => (await runOf(jobs, id))?.status === 'waiting');
  expect(jobs.submitted).toMatchObject([{ action: 'deploy', deployment: 'dev', version: '2.5.4' }]);

  const answers = await Promise.all([1, 2].map(() => answer(`runbook answer ${id} 1`, context(jobs))));
  expect(answers.filter(({ kind }) => kind === 'runbook')).toHaveLength(1);
  await until('staging is queued', async () => jobs.submitted.length === 2);
  expect(jobs.submitted[1]).toMatchObject({ deployment: 'staging', reason: 'runbook new-release' });

  await answer(`runbook cancel ${id}`, context(jobs));
  expect(await runOf(jobs, id)).toMatchObject({ status: 'cancelled', ended: 'cancelled by alice' });
  await until('the job is cancelled', async () => jobs.cancelled.length === 1);
  await Promise.all([second.close(), third.close()]);
});

test('waits for a target on which somebody else works', async () => {
  const jobs = new FakeJobs();
  await answer('restart dev jgi', context(jobs));
  const { id } = await begun(jobs, 'runbook run start-jaws-site-services jgi deployment=dev');
  const driver = drive(jobs);
  await driver.start();
  await until(
    'it says for whom it waits',
    async () =>
      (await runOf(jobs, id))?.steps.some(({ detail }) => /^waits for job .* of alice/.test(detail ?? '')) ===
      true,
  );
  ended(jobs);
  await until('its own job is queued', async () => jobs.submitted.length === 2);
  await driver.close();
});
