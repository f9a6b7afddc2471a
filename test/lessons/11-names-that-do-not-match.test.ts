import { chmodSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { changedConfig } from '../config/folder.ts';
import { editSite } from '../fixtures/product.ts';
import { aQuickSite, type QuickSite } from './world.ts';

// A typing error in the list of a group kept supervisord from starting at all, one in a command's path made the
// service fail, and each was found after the running services had been stopped.

let quick: QuickSite;
beforeAll(async () => {
  quick = await aQuickSite();
  quick.install();
});
afterAll(() => quick.remove());

test('a member without a program: supervisord would not start, the bot says so before anything stops', async () => {
  quick.edit('supervisor.site.conf', 'programs=runs', 'programs=task-logger-receieve');
  const refused = await quick.start();
  expect(refused.code).not.toBe(0);
  expect(refused.output).toContain('task-logger-receieve');
  expect(await quick.launched()).toMatchObject({ condition: expect.not.stringMatching('running') });
  quick.install();
});

test('a command that cannot be executed is named, and nothing is started on it', async () => {
  const shim = `${quick.target.paths.bin}/rpc-server`;
  chmodSync(shim, 0o600);
  const refused = await quick.start();
  expect(refused.code).not.toBe(0);
  expect(refused.output).toContain(`${shim} is missing or not executable`);
  expect((await quick.ctl('pid')).code, 'supervisord was not even started').not.toBe(0);
  quick.install();
  await quick.start();
});

test('a service with a wrong name is refused with the configuration', () => {
  const dir = changedConfig({});
  editSite(dir, 'aws', (doc) => doc.set('services', ['jaws-site--rpc']));
  expect(() => loadConfig(dir)).toThrow(/services.*jaws-site--rpc.*expected run-daemon/s);
});
