import { afterAll, beforeAll, expect, test } from 'vitest';
import { aQuickSite, type QuickSite } from './world.ts';

// supervisorctl takes `jaws-site` for a process: "no such process". A start without a name is a usage error.

let quick: QuickSite;
beforeAll(async () => {
  quick = await aQuickSite();
  quick.install();
});
afterAll(() => quick.remove());

test('services are addressed as members of their group, one or all', async () => {
  await quick.start();
  expect((await quick.ctl('stop', 'jaws-site')).output).toMatch(/no such process/);
  expect((await quick.ctl('start')).output).toMatch(/requires/);

  expect(await quick.stop('rpc-server')).toMatchObject({ code: 0 });
  const conditions = (await quick.launched()).services.map(({ service, unit, condition }) => [
    service,
    unit,
    condition,
  ]);
  expect(conditions).toEqual([
    ['run-daemon', 'jaws-site:runs', 'running'],
    ['transfer-daemon', 'jaws-site:transfers', 'running'],
    ['rpc-server', 'jaws-site:rpc-server', 'stopped'],
    ['message-consumer', 'jaws-site:message-consumer', 'running'],
  ]);
  expect(await quick.stop()).toMatchObject({ code: 0 });
  expect(await quick.launched()).toMatchObject({ condition: 'stopped' });
});

test('a service that is not in the catalogue is a mistake that nothing is sent for', async () => {
  await expect(quick.stop('runs')).rejects.toThrow(RangeError);
});
