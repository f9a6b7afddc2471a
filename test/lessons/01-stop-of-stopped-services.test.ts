import { afterAll, beforeAll, expect, test } from 'vitest';
import { aQuickSite, type QuickSite } from './world.ts';

// Services that were not running made their stop fail and with it the whole deploy. Ignoring every failure of a stop
// was worse: services went on under a deploy that believed them stopped.

let quick: QuickSite;
beforeAll(async () => {
  quick = await aQuickSite();
  quick.install();
});
afterAll(() => quick.remove());

test('a stop of what is down, stopped or unknown succeeds, and one that cannot tell fails', async () => {
  expect(await quick.stop(), 'supervisord is down').toMatchObject({ code: 0 });
  expect(await quick.start()).toMatchObject({ code: 0 });
  expect(await quick.stop()).toMatchObject({ code: 0 });
  expect(await quick.launched()).toMatchObject({ condition: 'stopped' });
  const again = await quick.stop();
  expect(again).toMatchObject({ code: 0, output: expect.stringContaining('stopped') });

  await quick.start();
  quick.edit('supervisor.conf', 'sesame-jaws_supervisord_pw', 'another');
  const blind = await quick.stop();
  expect(blind.code, 'services may run and nobody knows').not.toBe(0);
  expect(blind.output).toContain('another password');
  quick.install();
  expect(await quick.launched()).toMatchObject({ condition: 'running' });
});
