import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { reveal } from '../../src/core/secret.ts';
import { variable } from '../../src/core/target.ts';
import { assumedObservation, judgeCheck } from '../../src/plan/check.ts';
import { endpointsOf, siteFacts } from '../../src/plan/site-facts.ts';
import { STEPS } from '../../src/plan/steps.ts';
import { freePort } from '../../src/sandbox/free-port.ts';
import { SHIPPED } from '../config/folder.ts';
import { aLocalSite, type LocalSite } from '../contract/local-site.ts';
import { aTarget } from '../fixtures/target.ts';
import { RELEASE } from '../golden/combinations.ts';

// Database and message broker moved, and some sites could not reach the new hosts. The check that was added came after
// the stop, and asked other hosts than those configured.

let site: LocalSite;
beforeAll(() => {
  site = aLocalSite();
});
afterAll(() => site.remove());

test('what is tried is what is configured, at every site', () => {
  const config = loadConfig(SHIPPED);
  for (const name of config.sites)
    for (const deployment of config.deployments) {
      const target = config.target(name, deployment);
      expect(endpointsOf(target).map(({ host, port }) => `${host}:${port}`)).toEqual(
        ['DB', 'RMQ'].map(
          (which) =>
            `${reveal(variable(target, `JAWS_${which}_HOST`))}:${reveal(variable(target, `JAWS_${which}_PORT`))}`,
        ),
      );
    }
});

test('it is tried from the site, and the one that does not answer refuses the deploy before the stop', async () => {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it does not listen');
  const closed = await freePort();
  const target = aTarget({
    root: site.root,
    values: {
      JAWS_DB_HOST: '127.0.0.1',
      JAWS_DB_PORT: String(address.port),
      JAWS_RMQ_HOST: '127.0.0.1',
      JAWS_RMQ_PORT: String(closed),
    },
  });
  try {
    const seen = { ...assumedObservation(target), site: await site.look(siteFacts(target)) };
    const judged = judgeCheck(target, RELEASE, seen, 'd-1');
    expect(judged).toContainEqual({ level: 'ok', subject: 'database', message: `127.0.0.1:${address.port}` });
    expect(judged).toContainEqual(
      expect.objectContaining({
        level: 'fail',
        subject: 'message broker',
        message: `127.0.0.1:${closed} cannot be reached from the site`,
      }),
    );
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
  expect(STEPS.deploy.indexOf('check')).toBeLessThan(STEPS.deploy.indexOf('stop'));
});
