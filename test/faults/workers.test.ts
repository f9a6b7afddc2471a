import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { channelText } from '../../src/sandbox/channel-text.ts';
import { downtimeOf } from '../fixtures/downtime.ts';
import { until } from '../fixtures/until.ts';
import { ask, carryOut, shownEnd } from './commands.ts';
import { faultsIn, lookAt, markFiles } from './end-state.ts';
import { INSTALL, type Stage, setStage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
  await carryOut(stage, 'deploy dev aws 2.5.3');
});
afterAll(() => stage?.remove());
afterEach(async () => {
  stage.steps.letGo();
  await stage.secondWorker.end('SIGKILL');
  await stage.worker.end('SIGKILL');
  await stage.worker.start();
});

const audited = (jobId: string) =>
  readFileSync(stage.path(`${INSTALL}/.jaws-ops/audit.log`), 'utf8')
    .split('\n')
    .filter((line) => line.endsWith(`job=${jobId}`));

/** A deploy whose worker is stopped in the middle of a step, and which another worker has taken up since. */
async function takenOver(version: string): Promise<{ jobId: string; before: string }> {
  const { version: before } = await lookAt(stage);
  markFiles(stage);
  stage.steps.hold('stop');
  const jobId = await ask(stage, `deploy dev aws ${version}`);
  await stage.steps.held('stop');
  stage.worker.signal('SIGSTOP');
  await stage.secondWorker.start();
  const attempt = async () => (await stage.jobs.find(jobId))?.state.attempt;
  await until('another worker', async () => (await attempt()) === 2, 240_000);
  return { jobId, before };
}

/** The stopped worker has woken, has noticed that the run is another's, and has not ended it. */
async function hasGivenUp(jobId: string): Promise<void> {
  const lines = () =>
    stage.worker
      .log()
      .split('\n')
      .filter((line) => line.includes(jobId));
  await until('the late worker to notice', () =>
    lines().some((line) => line.includes('the lock of a job is lost')),
  );
  expect(lines().filter((line) => line.includes('"run ended"'))).toEqual([]);
}

test('a worker that was paused and wakes after the run has ended changes nothing', async () => {
  const { jobId, before } = await takenOver('2.5.4');
  stage.steps.letGo();
  const { state, shownSeq } = await shownEnd(stage, jobId);
  stage.worker.signal('SIGCONT');
  await hasGivenUp(jobId);
  expect(faultsIn(stage, state, await lookAt(stage), { before, intended: '2.5.4' })).toEqual([]);
  expect(state).toMatchObject({ status: 'succeeded', attempt: 2 });
  expect(audited(jobId)).toHaveLength(1);
  expect(await stage.jobs.find(jobId)).toMatchObject({ state, shownSeq });
});

test('one that wakes while the other is at the same step changes nothing', async () => {
  const { jobId, before } = await takenOver('2.5.3');
  stage.worker.signal('SIGCONT');
  stage.steps.letGo();
  const { state } = await shownEnd(stage, jobId);
  await hasGivenUp(jobId);
  expect(faultsIn(stage, state, await lookAt(stage), { before, intended: '2.5.3' })).toEqual([]);
  expect(state).toMatchObject({ status: 'succeeded', attempt: 2 });
  expect(audited(jobId)).toHaveLength(1);
});

test('the same deploy asked for twice within a second is one deploy', async () => {
  const { version: before } = await lookAt(stage);
  const ids = async () => (await stage.jobs.list({ limit: 100 })).map(({ state }) => state.jobId);
  const known = await ids();
  markFiles(stage);
  stage.steps.hold('check');
  const text = 'deploy dev aws 2.5.4';
  const both = await Promise.all([
    stage.slack.command({ text }),
    stage.slack.command({ text, user: 'grace' }),
  ]);
  const answers = await Promise.all(both.map(({ first }) => first));
  stage.steps.letGo();
  const made = (await ids()).filter((id) => !known.includes(id));
  expect(made).toHaveLength(1);
  const [jobId = ''] = made;
  const { state } = await shownEnd(stage, jobId);
  expect(faultsIn(stage, state, await lookAt(stage), { before, intended: '2.5.4' })).toEqual([]);
  const told = answers.map(({ blocks, text: plain }) => `${channelText(blocks)}${plain}`);
  expect(
    told.every((answer) => answer.includes(jobId)),
    told.join('\n'),
  ).toBe(true);
});

test('services are down for a part of a deploy, and no build is among them', async () => {
  const { state } = await carryOut(stage, 'deploy dev aws 2.6.0');
  const { meanwhile, told } = downtimeOf(state, 'venv');
  process.stdout.write(`\n${told}\n`);
  expect(meanwhile).toEqual(['environment', 'write']);
});
