import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { reveal } from '../../src/core/secret.ts';
import { assumedObservation, judgeCheck, judgeIdentity } from '../../src/plan/check.ts';
import { renderTarget } from '../../src/plan/render-target.ts';
import { SHIPPED } from '../config/folder.ts';
import { UNTIL_TOLD } from '../contract/local-site.ts';
import { combinations, RELEASE } from '../golden/combinations.ts';
import { aQuickSite, type QuickSite } from './world.ts';

// On a wrong host or as a wrong user a restart printed a hint and exited 0. Whether a service had come up was asked
// once, too early. The service account had no UTF-8 locale.

let quick: QuickSite;
beforeAll(async () => {
  // Comes up late: seen in time only by who asks more than once.
  quick = await aQuickSite(`#!/bin/sh\nsleep 0.5\n${UNTIL_TOLD}`);
  quick.install();
});
afterAll(() => quick.remove());

test('a wrong account or host refuses every action, at every site', () => {
  const config = loadConfig(SHIPPED);
  for (const site of config.sites) {
    const target = config.target(site, 'dev');
    const seen = assumedObservation(target);
    const other = { ...seen, site: { ...seen.site, account: 'somebody' } };
    const elsewhere = { ...seen, site: { ...seen.site, hostname: 'elsewhere.invalid' } };
    const failed = (of: typeof seen) => [
      judgeIdentity(target, of, 'd-1').filter(({ level }) => level === 'fail'),
      judgeCheck(target, RELEASE, of, 'd-1').filter(
        ({ level, subject }) => level === 'fail' && ['account', 'host'].includes(subject),
      ),
    ];
    for (const findings of failed(other)) {
      expect(findings, site).toHaveLength(1);
      expect(findings[0]?.message).toContain('commands run as somebody, expected');
    }
    if (target.access.expect.hostname === undefined) continue;
    for (const findings of failed(elsewhere))
      expect(findings.map(({ subject }) => subject)).toEqual(['host']);
  }
});

test('a start is judged when it has settled, not at its first moment', async () => {
  await quick.start();
  const { condition, services } = await quick.settled();
  expect(condition).toBe('running');
  for (const { uptimeSec } of services) expect(uptimeSec).toBeGreaterThan(0);
});

test('every shim of a venv gives its service a UTF-8 locale', () => {
  for (const { target, installMethod, name } of combinations().offered) {
    if (installMethod !== 'venv' || target.deployment !== 'dev') continue;
    const files = renderTarget(target, RELEASE);
    for (const { name: service } of target.services) {
      const shim = files.find(({ path }) => path === `${target.paths.bin}/${service}`);
      expect(shim && reveal(shim.content), `${target.id}, ${name}: ${service}`).toMatch(
        /^export LC_ALL=\S*UTF-8/m,
      );
    }
  }
});
