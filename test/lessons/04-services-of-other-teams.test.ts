import { afterAll, beforeAll, expect, test } from 'vitest';
import { aQuickSite, type QuickSite } from './world.ts';

// To make supervisord read a new configuration it was killed by its name, with every deployment of the account. An
// `update` without a name restarts the groups of other teams as well.

let quick: QuickSite;
beforeAll(async () => {
  quick = await aQuickSite();
  quick.install();
});
afterAll(() => quick.remove());

test('a changed configuration restarts our group, and another team sees nothing of it', async () => {
  await quick.start();
  const before = (await quick.settled()).services.map(({ pid }) => pid);
  const stranger = await quick.stranger();
  expect(stranger).toMatch(/^[1-9]\d*$/);

  quick.edit('supervisor.site.conf', 'startsecs=1', 'startsecs=2');
  quick.edit('supervisor.cromwell.conf', 'sleep 100000', 'sleep 200000');
  expect(await quick.start()).toMatchObject({ code: 0 });
  const after = (await quick.settled()).services.map(({ pid }) => pid);
  for (const pid of after) expect(before).not.toContain(pid);
  await quick.stop();
  expect(await quick.stranger()).toBe(stranger);

  // What the trouble was: with the same files, `update` alone ends the other team's process.
  await quick.ctl('update');
  expect(await quick.stranger()).not.toBe(stranger);
});
