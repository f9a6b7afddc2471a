import { afterAll, beforeAll, expect, test } from 'vitest';
import { isAlive } from '../contract/local-site.ts';
import { aliveWith } from '../fixtures/site.ts';
import { until } from '../fixtures/until.ts';
import { aQuickSite, type QuickSite } from './world.ts';

// The supervisor signalled a wrapper and not what the wrapper had started, so old processes went on beside new ones.

/** A service that is a wrapper: its work is done by a child that does not hear of a signal to its parent. */
const WRAPPER = `#!/bin/sh
/usr/bin/tail -f /dev/null --pid=$$ --sleep-interval=1000 &
wait
`;

let quick: QuickSite;
beforeAll(async () => {
  quick = await aQuickSite(WRAPPER);
  quick.install();
});
afterAll(() => quick.remove());

const children = (pids: readonly (number | undefined)[]) =>
  pids.flatMap((pid) => aliveWith(`--pid=${pid}\0`)).filter(isAlive);

test('a stop ends the whole group of processes of each service', async () => {
  await quick.start();
  const pids = (await quick.settled()).services.map(({ pid }) => pid);
  await until('each wrapper has its child', () => children(pids).length === 4);
  expect(await quick.stop()).toMatchObject({ code: 0 });
  // supervisord has seen the end of the wrappers, and signalled the children with them.
  await until('the children have ended', () => children(pids).length === 0);
});
