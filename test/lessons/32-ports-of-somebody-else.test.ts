import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkConfig, loadConfig } from '../../src/config/config.ts';
import { reveal } from '../../src/core/secret.ts';
import { variable } from '../../src/core/target.ts';
import { changedConfig, replacing, SHIPPED } from '../config/folder.ts';
import { aQuickSite, type QuickSite, refusals } from './world.ts';

// One set of ports for all sites; a site with the ports of another; a look-up that failed on the case of a letter.

let quick: QuickSite;
beforeAll(async () => {
  quick = await aQuickSite();
  quick.install();
});
afterAll(() => quick.site.remove());

test('no two deployments at one host have a port in common, as shipped', () => {
  const config = loadConfig(SHIPPED);
  const seen = new Map<string, string>();
  for (const site of config.sites)
    for (const deployment of config.deployments) {
      const target = config.target(site, deployment);
      const key = `${target.access.host}:${reveal(variable(target, 'JAWS_SUPERVISOR_PORT'))}`;
      expect(seen.get(key), `${target.id}: ${key}`).toBeUndefined();
      seen.set(key, target.id);
    }
});

test('a port that is taken already is an error that names both and the host', () => {
  const dir = changedConfig({ 'sites/aws.yaml': replacing(': 64102', ': 64101') });
  expect(checkConfig(dir).map(({ message }) => message)).toContainEqual(
    expect.stringMatching(
      /sites\/aws\.yaml.*JAWS_SUPERVISOR_PORT_\w+: got 64101, which JAWS_SUPERVISOR_PORT_\w+ uses on/,
    ),
  );
});

test('who listens on the port at the host refuses the deploy, by name', async () => {
  const port = Number(reveal(variable(quick.target, 'JAWS_SUPERVISOR_PORT')));
  const stranger = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => stranger.listen(port, '127.0.0.1', resolve));
  try {
    expect((await quick.findings()).map(({ message }) => message)).toContainEqual(
      expect.stringContaining(`port ${port} is held by`),
    );
    expect(refusals(await quick.findings()).join()).toContain(`port ${port} is held by`);
  } finally {
    await new Promise((resolve) => stranger.close(resolve));
  }
});
