import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { choicesAfter } from '../../../src/commands/after-run.ts';
import type { Choice } from '../../../src/core/notice.ts';
import type { RunState } from '../../../src/core/run.ts';
import { lastShown, typed } from '../../../src/sandbox/typed.ts';
import { hookSteps, type StepHook } from '../../faults/step-hook.ts';
import { aProduct, editPolicy, editSite, type TestProduct } from '../../fixtures/product.ts';

const INSTALL = '/home/ec2-user/jaws-install/aws-dev';
const FOREIGN = `${INSTALL}/config/supervisor.cromwell.conf`;

let product: TestProduct;
beforeAll(async () => {
  product = await aProduct(['aws']);
  expect((await say('/jaws deploy dev aws 2.5.4')).state?.problem).toBeUndefined();
});
afterAll(() => product?.remove());

const say = (text: string) => typed(product, text);
const path = (name: string) => product.world.site('aws').path(`${INSTALL}/${name}`);
const shims = () => readFileSync(path('bin/rpc-server'), 'utf8');
const status = async () => (await say('/jaws status aws dev')).shown;
const steps = (state: RunState | undefined) =>
  state?.steps.map(({ id, status, detail }) => [id, status, detail]);
const labels = (choices: readonly Choice[]) => choices.map(({ label }) => label);

/** Changes the configuration, and has a worker that reads it. */
async function reconfigured(change: (configDir: string) => void): Promise<void> {
  change(product.world.configDir);
  await product.stopWorker();
  await product.startWorker();
}

/** A service that does not come up as long as it is there. */
const breakService = () => writeFileSync(path('config/fail-rpc-server'), '');
const mendService = () => rmSync(path('config/fail-rpc-server'));

describe.sequential('after a deploy that failed', () => {
  let failed: RunState;

  test('there is nothing before the first deploy to go back to, and nothing is stopped', async () => {
    const { state } = await say('/jaws rollback dev aws');
    expect(state?.status).toBe('refused');
    expect(state?.problem?.message).toContain('was the first deploy');
    expect(await status()).toContain('dev at aws: running, version 2.5.4');
  });

  test('its message offers to retry and to roll back', async () => {
    writeFileSync(product.world.site('aws').path(FOREIGN), '; theirs\n');
    writeFileSync(path('bin/rpc-server'), `${shims()}# changed by hand\n`);
    breakService();
    const { state, message } = await say('/jaws deploy dev aws 2.6.0');
    expect(state?.problem?.code).toBe('verify.failed');
    if (state === undefined) throw new Error('there is no run');
    failed = state;
    expect(labels(choicesAfter(state)).slice(0, 2)).toEqual(['Retry from "Verify"', 'Roll back']);
    const blocks = JSON.stringify(message?.blocks);
    expect(blocks).toContain('Roll back');
    expect(blocks).toContain(`\\"undo\\":\\"${state.release}\\"`);
    expect(await status()).toContain('2.6.0');
  });

  test('a dry run of the rollback says what it would do, and does nothing', async () => {
    const { state } = await say('/jaws rollback dev aws --dry-run');
    expect(state?.status).toBe('succeeded');
    expect(state?.notes.join()).toContain(`undoes ${failed.release}: back to 2.5.4`);
    expect(await status()).toContain('2.6.0');
  });

  test('retry goes on from the failed step alone', async () => {
    mendService();
    const { state } = await say(`/jaws retry ${failed.jobId}`);
    expect(state?.problem).toBeUndefined();
    expect(steps(state)?.slice(1, 5)).toEqual(
      ['stage', 'stop', 'environment', 'write'].map((id) => [id, 'ok', `done by job ${failed.jobId}`]),
    );
    expect(state?.notes.join()).toContain(`goes on from job ${failed.jobId} with "Start services"`);
    expect(state).toMatchObject({ status: 'succeeded', release: failed.release });
    expect(await status()).toContain('dev at aws: running, version 2.6.0');
    expect((await say(`/jaws retry ${state?.jobId}`)).shown).toContain('nothing to go on from');
    expect((await say('/jaws retry 20200101-000000-aaaaaa')).shown).toContain('no job has the id');
  });

  test('rollback brings back files, version and services, and leaves those of others', async () => {
    const { state, shown } = await say('/jaws rollback dev aws');
    expect(state?.problem).toBeUndefined();
    expect(state).toMatchObject({ status: 'succeeded', version: '2.5.4', release: failed.release });
    expect(shown).toContain('Rolled back JAWS Site 2.5.4 on dev at aws');
    expect(await status()).toContain('dev at aws: running, version 2.5.4');
    expect(shims(), 'also what was changed by hand before').toContain('# changed by hand');
    expect(readFileSync(product.world.site('aws').path(FOREIGN), 'utf8')).toBe('; theirs\n');
    // Nothing is built while services are down: what is gone back to was proved to be there before the stop.
    expect(state?.steps.map(({ id }) => id)).toEqual(['check', 'stage', 'stop', 'write', 'start', 'verify']);
    expect(state?.downtimeMs).toBeGreaterThan(0);
    expect((await say('/jaws rollback dev aws')).state?.status, 'and no further').toBe('refused');
  });

  test('a later deploy is not undone by an old button', async () => {
    expect((await say('/jaws deploy dev aws 2.6.0')).state?.status).toBe('succeeded');
    const { state } = await say(`/jaws rollback dev aws --undo ${failed.release}`);
    expect(state?.status).toBe('refused');
    expect(state?.problem?.message).toContain('is not the last deploy any more');
  });

  test('a retry of what cannot succeed offers to go on or back, and back works', async () => {
    breakService();
    const { state: broken } = await say('/jaws deploy dev aws 2.5.4');
    mendService();
    rmSync(path('bin/rpc-server'));
    const { state } = await say(`/jaws retry ${broken?.jobId}`);
    expect(state?.status, 'what is missing cannot be started').toBe('failed');
    expect(labels(state === undefined ? [] : choicesAfter(state))[0]).toContain('Retry from');
    const { state: back } = await say('/jaws rollback dev aws');
    expect(back).toMatchObject({ status: 'succeeded', version: '2.6.0' });
  });

  test('a retry under a changed configuration says so and begins anew', async () => {
    breakService();
    const { state: broken } = await say('/jaws deploy dev aws 2.5.4');
    mendService();
    await reconfigured((dir) =>
      editSite(dir, 'aws', (doc) => doc.setIn(['env', 'JAWS_LOG_LEVEL'], 'WARNING')),
    );
    const { state, shown } = await say(`/jaws retry ${broken?.jobId}`);
    expect(state?.problem).toBeUndefined();
    expect(state).toMatchObject({ status: 'succeeded', version: '2.5.4' });
    expect(state?.planHash).not.toBe(broken?.planHash);
    expect(shown).toContain(`the plan has changed since job ${broken?.jobId}: it starts from what is there`);
    expect(
      steps(state)
        ?.map(([, , detail]) => detail)
        .join(),
    ).not.toContain('done by job');
    expect(shims()).toContain('WARNING');
  });

  test('where the policy says so, a failed deploy is rolled back unasked, once and not in a circle', async () => {
    await reconfigured((dir) => editPolicy(dir, (doc) => doc.set('rollbacks', [{ deployments: ['dev'] }])));
    breakService();
    const { state, shown, message } = await say('/jaws deploy dev aws 2.6.0');
    const undoneBy = `${state?.jobId}-rollback`;
    expect(state).toMatchObject({ status: 'failed', undoneBy });
    expect(shown).toContain('rolled back automatically if it fails once services are stopped');
    expect(shown).toContain(`It is rolled back automatically, by job ${undoneBy}.`);
    expect(JSON.stringify(message?.blocks), 'nothing is left to choose').not.toContain('Roll back');
    const { state: back } = await lastShown(product.jobs, undoneBy);
    expect(back).toMatchObject({ status: 'failed', version: '2.5.4', release: state?.release });
    expect(back.request.reason).toBe(`automatic, because job ${state?.jobId} has failed`);
    expect(back.undoneBy).toBeUndefined();
    const jobs = await product.jobs.list({ site: 'aws', limit: 2 });
    expect(jobs.map(({ state: { jobId } }) => jobId).sort(), 'nothing came after it').toEqual(
      [state?.jobId, undoneBy].sort(),
    );
    expect(readFileSync(path('.jaws-ops/audit.log'), 'utf8')).toContain(
      `rollback (automatic after job ${state?.jobId}) aws-dev 2.5.4 failed`,
    );
    mendService();
    const { state: mended } = await say(`/jaws retry ${undoneBy}`);
    expect(mended?.problem).toBeUndefined();
    expect(await status()).toContain('dev at aws: running, version 2.5.4');
  });

  test('a lock that an ended job left is taken over, that of another tool is not', async () => {
    const lock = path('.jaws-ops/lock');
    const left = `job=${failed.jobId} attempt=1 who=ada since=2026-11-22T12:00:00Z\n`;
    mkdirSync(lock);
    writeFileSync(`${lock}/owner`, 'gitlab-ci 4711\n');
    const { state: refused } = await say('/jaws restart dev aws');
    expect(refused?.status).toBe('refused');
    expect(refused?.problem?.message).toContain('gitlab-ci 4711');
    writeFileSync(`${lock}/owner`, left);
    const { state } = await say('/jaws restart dev aws');
    expect(state?.status).toBe('succeeded');
    expect(state?.steps[0]?.detail).toContain(
      `job ${failed.jobId} has ended and left its lock; it is taken over`,
    );
    expect(existsSync(lock)).toBe(false);
  });
});

describe.sequential('a step that nobody knows the end of', () => {
  let steps: StepHook;
  beforeAll(async () => {
    steps = await hookSteps(product.world.site('aws'));
  });

  const exec = (command: string) =>
    product.world.site('aws').exec(['sh', '-c', command], { user: 'ec2-user' });

  /** A restart whose step is gone at the site before it has done anything. */
  async function lost(): Promise<string> {
    steps.hold('stop');
    const run = say('/jaws restart dev aws');
    await steps.held('stop');
    const jobs = await product.jobs.list({ site: 'aws', limit: 1 });
    const jobId = jobs[0]?.state.jobId ?? '';
    const [pid] = readFileSync(path(`.jaws-ops/runs/${jobId}/stop/pid`), 'utf8').split('\n');
    await exec(`kill -s KILL -- -${pid}`);
    steps.letGo();
    const { state } = await run;
    expect(state).toMatchObject({ jobId, status: 'failed', problem: { code: 'step.lost' } });
    expect(state === undefined ? [] : labels(choicesAfter(state))).toEqual(['Look again', 'Status']);
    return jobId;
  }

  test('is asked for at the site by a retry, which goes on where it has ended well', async () => {
    const jobId = await lost();
    const { state, shown } = await say(`/jaws retry ${jobId}`);
    expect(state).toMatchObject({ status: 'refused', problem: { code: 'refused.lost' } });
    expect(shown).toContain('its process is gone, so nobody knows how it ended');
    expect(shown).toContain(`/jaws retry ${jobId} --treat-as-failed`);
    expect(await status()).toContain('dev at aws: running');
    await exec(`${INSTALL}/bin/supervisorctl stop jaws-site:*`);
    writeFileSync(path(`.jaws-ops/runs/${jobId}/stop/exit`), '0\n');
    const { state: done } = await say(`/jaws retry ${jobId}`);
    expect(done?.problem).toBeUndefined();
    expect(done?.steps.map(({ id, detail }) => [id, detail])).toContainEqual([
      'stop',
      `done by job ${jobId}`,
    ]);
    expect(done?.notes.join()).toContain(`"Stop services" of job ${jobId} has ended well at the site`);
  });

  test('is done again where somebody says so, which is on record at the site', async () => {
    const jobId = await lost();
    const { state: asked } = await say(`/jaws retry ${jobId}`);
    expect(asked === undefined ? [] : labels(choicesAfter(asked))).toEqual([
      'Look again',
      'Treat it as failed and do it again',
    ]);
    const { state } = await say(`/jaws retry ${asked?.jobId} --treat-as-failed`);
    expect(state?.problem).toBeUndefined();
    expect(state?.steps.find(({ id }) => id === 'stop')?.startedAt).toBeDefined();
    expect(readFileSync(path('.jaws-ops/audit.log'), 'utf8')).toMatch(
      new RegExp(`^\\S+Z ada \\(\\S+\\) treat-as-failed aws-dev step stop of job ${jobId} `, 'm'),
    );
    expect(await status()).toContain('dev at aws: running');
  });
});
