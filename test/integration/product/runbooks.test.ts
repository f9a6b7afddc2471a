import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { typed } from '../../../src/sandbox/typed.ts';
import { aProduct, type TestProduct } from '../../fixtures/product.ts';

let product: TestProduct;
beforeAll(async () => {
  product = await aProduct(['jgi']);
});
afterAll(() => product?.remove());

const site = () => product.world.site('jgi');

/** Each case goes on from where the one before left it. */
describe.sequential('after a maintenance', () => {
  test('what was never deployed is left alone', async () => {
    const { run, shown } = await typed(product, '/jaws recover jgi');
    expect(run?.steps.filter(({ step }) => step.kind === 'action').map(({ status }) => status)).toEqual([
      'skipped',
      'skipped',
      'skipped',
      'failed',
    ]);
    expect(shown).toContain('nothing is on record that it should be up');
  });

  test('what should be up is brought back, what was stopped on purpose is not, and the table says so', async () => {
    expect((await typed(product, '/jaws deploy dev jgi')).state?.status).toBe('succeeded');
    await site().stop();
    await site().start();
    const { run, shown, message } = await typed(product, '/jaws recover jgi');
    expect(run).toMatchObject({ status: 'succeeded' });
    expect(shown).toMatch(/dev +supervisor-down.* +running, 4\/4/);
    expect(shown).toMatch(/Start what should be up: staging.*\n.*left alone/);
    expect(message?.channel).toBeDefined();
    expect(
      (await product.jobs.list({ site: 'jgi', limit: 20 })).map(({ state }) => state.request.action),
    ).toEqual(expect.arrayContaining(['start', 'start-runner']));
  });
});
