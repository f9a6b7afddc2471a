import { afterAll, beforeAll, expect, test } from 'vitest';
import { reveal } from '../../src/core/secret.ts';
import { renderTarget } from '../../src/plan/render-target.ts';
import { verification } from '../../src/plan/verify.ts';
import { UNTIL_TOLD } from '../contract/local-site.ts';
import { request } from '../fixtures/runs.ts';
import { combinations, RELEASE } from '../golden/combinations.ts';
import { aQuickSite, type QuickSite } from './world.ts';

// A service failed a little after each start and was started again in silence; whoever looked saw RUNNING.

/** Comes up, is RUNNING for supervisord after a second, and ends a moment later, again and again. */
const FAILING = `#!/bin/sh
for last; do :; done
if [ "$last" != rpc-server ]; then
${UNTIL_TOLD}fi
sleep 1.5
echo 'no permission for the index' >&2
exit 1
`;

let quick: QuickSite;
beforeAll(async () => {
  quick = await aQuickSite(FAILING, 30);
  quick.install();
});
afterAll(() => quick.remove());

test('a service that runs and ends again is not taken for healthy, and its log is shown', async () => {
  await quick.start();
  const launched = await quick.settled();
  const { judge } = verification(request(), quick.target);
  const failed = judge({ launched, installed: {} }, '').filter(({ level }) => level === 'fail');
  const seen = JSON.stringify(launched);
  expect(
    failed.map(({ subject }) => subject),
    seen,
  ).toEqual(['rpc-server']);
  expect(launched.condition).not.toBe('running');
  expect(launched.logs?.flatMap(({ lines }) => lines).join('\n'), seen).toContain(
    'no permission for the index',
  );
});

test('services are started in one order, the same for every target', () => {
  const orders = new Set<string>();
  for (const { target, launchTool } of combinations().offered) {
    if (launchTool !== 'supervisor' || target.deployment !== 'dev') continue;
    const text = renderTarget(target, RELEASE)
      .map(({ content }) => reveal(content))
      .find((one) => one.includes('[group:jaws-site]'));
    orders.add(/^programs=(.*)$/m.exec(text ?? '')?.[1] ?? 'none');
  }
  expect([...orders]).toHaveLength(1);
  expect([...orders]).not.toContain('none');
});
