import { afterAll, beforeAll, expect, test } from 'vitest';
import { channelText } from '../../../src/sandbox/channel-text.ts';
import { lastShown, typed } from '../../../src/sandbox/typed.ts';
import { hookSteps } from '../../faults/step-hook.ts';
import { aProduct, type TestProduct } from '../../fixtures/product.ts';
import { until } from '../../fixtures/until.ts';

let product: TestProduct;
beforeAll(async () => {
  product = await aProduct(['aws']);
});
afterAll(() => product.remove());

test('a busy target tells who and what is running, commands are acknowledged, and a new bot shows the rest', async () => {
  // The worker is busy for as long as that is what this is about.
  const steps = await hookSteps(product.world.site('aws'));
  steps.hold('stage');
  const first = await product.slack.command({ text: 'deploy dev aws' });
  await first.first;
  await steps.held('stage');
  const [deploy] = await product.jobs.list({ limit: 1 });
  const jobId = deploy?.state.jobId ?? '';

  const again = await typed(product, '/jaws deploy dev aws 2.6.0', 'grace');
  expect(again.succeeded).toBe(false);
  expect(again.shown).toContain(jobId);
  await until('the message of the run', () => product.slack.messages('#jaws-aws')[0]);

  // Slack gives up on a command that is not acknowledged soon; twenty arrive while the worker is busy.
  const texts = ['status aws dev', 'jobs', 'help', 'deploy dev aws'];
  const sent = await Promise.all(
    Array.from({ length: 20 }, (_, i) => product.slack.command({ text: texts[i % texts.length] ?? 'help' })),
  );
  expect(sent.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
  const [busy] = await product.jobs.list({ limit: 1 });
  expect(busy, 'no acknowledgement waits for the worker').toMatchObject({
    state: { jobId, status: 'running' },
  });
  await Promise.all(sent.map(({ first: answered }) => answered));

  await product.stopBot();
  await product.startBot();
  steps.letGo();
  const { state } = await lastShown(product.jobs, jobId);
  expect(state.status).toBe('succeeded');
  const shown = product.slack.messages('#jaws-aws');
  expect(shown).toHaveLength(1);
  expect(channelText(shown[0]?.blocks ?? [])).toContain('Deployed JAWS Site 2.5.4 on dev at aws');
  expect(await product.jobs.list({ limit: 50 })).toHaveLength(1);
});
