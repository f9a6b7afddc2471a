import { afterAll, beforeAll, expect, test } from 'vitest';
import { reveal } from '../../src/core/secret.ts';
import { renderTarget } from '../../src/plan/render-target.ts';
import { combinations, RELEASE } from '../golden/combinations.ts';
import { aQuickSite, type QuickSite } from './world.ts';

// supervisord was told to stay in the foreground at every site, and the deploy that started it waited for its end.

let quick: QuickSite;
beforeAll(async () => {
  quick = await aQuickSite();
  quick.install();
});
afterAll(() => quick.remove());

test('only in a Slurm job it stays in the foreground', () => {
  for (const { target, launchTool, name } of combinations().offered) {
    const conf = renderTarget(target, RELEASE).find(({ path }) => path.endsWith('/supervisor.conf'));
    const nodaemon = conf === undefined ? undefined : /^nodaemon=(.*)$/m.exec(reveal(conf.content))?.[1];
    const expected = { supervisor: 'false', scrontab: 'true' }[launchTool];
    expect(nodaemon, `${target.id}, ${name}`).toBe(expected);
  }
});

test('a start returns while supervisord runs on, and has let go of its output', async () => {
  const started = await quick.start();
  expect(started).toMatchObject({ code: 0 });
  expect((await quick.ctl('pid')).output.trim()).toMatch(/^[1-9]\d*$/);
});
