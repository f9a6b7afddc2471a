import { afterAll, beforeAll, expect, test } from 'vitest';
import { lastShown, typed } from '../../../src/sandbox/typed.ts';
import { aProduct, type TestProduct } from '../../fixtures/product.ts';

let product: TestProduct;
beforeAll(async () => {
  product = await aProduct(['aws']);
});
afterAll(() => product.remove());

const at = (...argv: string[]) => product.world.site('aws').exec(argv);
const building = async () => (await at('pgrep', '-f', 'pip install')).stdout.trim();

test('a cancelled deploy leaves no process, no lock and the truth in its message', async () => {
  // pip goes on only when somebody writes there: the cancel finds it, however fast it is.
  const wait =
    'mkdir -p ~/.config/pip && mkfifo ~/wait && printf "[install]\\nrequirement = $HOME/wait\\n" >~/.config/pip/pip.conf';
  await product.world.site('aws').exec(['sh', '-c', wait], { user: 'ec2-user' });
  const delivered = await product.slack.command({ text: 'deploy dev aws' });
  await delivered.first;
  await expect.poll(building, { interval: 50 }).not.toBe('');
  const [job] = await product.jobs.list({ limit: 1 });
  const jobId = job?.state.jobId ?? '';

  expect((await typed(product, `/jaws cancel ${jobId}`, 'mallory')).shown).toContain('refused.permission');
  expect((await typed(product, `/jaws cancel ${jobId}`, 'grace')).shown).toContain('is being cancelled');
  const { state } = await lastShown(product.jobs, jobId);
  expect(state.status).toBe('cancelled');
  expect(state.problem).toMatchObject({ code: 'job.cancelled', message: 'cancelled by grace' });
  expect(state.observed?.condition).toBe('not-installed');
  expect(await building()).toBe('');
  const { stdout: audit } = await at('cat', '/home/ec2-user/jaws-install/aws-dev/.jaws-ops/audit.log');
  expect(audit).toMatch(new RegExp(`deploy aws-dev .* cancelled by grace job=${jobId}$`, 'm'));
  expect((await at('ls', '/home/ec2-user/jaws-install/aws-dev/.jaws-ops')).stdout).not.toContain('lock');

  expect((await typed(product, `/jaws cancel ${jobId}`)).shown).toContain('job.ended');
  expect((await typed(product, '/jaws cancel 20200101-000000-nobody')).shown).toContain('job.unknown');
});

test('a job that waits is cancelled before it does anything', async () => {
  await product.stopWorker();
  const delivered = await product.slack.command({ text: 'deploy dev aws' });
  await delivered.first;
  const [job] = await product.jobs.list({ limit: 1 });
  const jobId = job?.state.jobId ?? '';
  await typed(product, `/jaws cancel ${jobId}`);
  await product.startWorker();
  const { state } = await lastShown(product.jobs, jobId);
  expect(state.status).toBe('cancelled');
  expect(state.steps).toEqual([]);
});
