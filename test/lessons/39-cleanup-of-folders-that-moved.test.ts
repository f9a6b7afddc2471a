import { existsSync, mkdirSync, utimesSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { contained, recorded } from '../../src/core/record.ts';
import { parseMeasure } from '../../src/plan/cleanup.ts';
import { measureScript, purgeScript } from '../../src/plan/cleanup-script.ts';
import { cronLines } from '../../src/plan/crontab.ts';
import { SHIPPED } from '../config/folder.ts';
import { aLocalSite, type LocalSite } from '../contract/local-site.ts';
import { put } from '../fixtures/readers.ts';
import { aTarget } from '../fixtures/target.ts';

// The scratch folders got other names and the cron lines that clean them kept the old ones. Their errors were thrown
// away, so nothing was cleaned and nobody knew.

let site: LocalSite;
beforeAll(() => {
  site = aLocalSite();
});
afterAll(() => site.remove());

test('the lines are made of the same paths as the configuration of the services, and keep their errors', () => {
  const config = loadConfig(SHIPPED);
  for (const name of config.sites) {
    const target = config.target(name, 'dev');
    const lines = cronLines(target);
    if (target.paths.scratch.startsWith('s3://')) {
      expect(lines, name).toEqual([]);
      continue;
    }
    for (const deployment of config.deployments) {
      const { paths } = config.target(name, deployment);
      for (const what of ['inputs', 'executions'] as const) {
        const own = lines.filter((line) => line.deployment === deployment && line.what === what);
        expect(own, `${name}-${deployment} ${what}`).toHaveLength(1);
        expect(own[0]?.command).toContain(`find ${paths[what]} `);
        expect(own[0]?.command).toContain(`>>${paths.log}/cleanup.log 2>&1`);
        expect(own[0]?.command).not.toContain('/dev/null');
      }
    }
  }
});

const DAYS = 14;
const OLD = new Date(Date.now() - 20 * 86_400_000);

/** Folders of data with an old input, an old run and a run that began long ago and still writes. */
function data(name: string) {
  const base = `${site.root}/${name}`;
  const place = {
    deployment: 'dev' as const,
    inputs: `${base}/inputs`,
    executions: `${base}/executions`,
    log: `${base}/log`,
  };
  const input = put(`${place.inputs}/ann/old.fasta`, 'x');
  const done = `${place.executions}/flow/done`;
  const live = `${place.executions}/flow/live`;
  put(`${done}/call/stdout`, 'x');
  put(`${live}/call/stdout`, 'x');
  for (const path of [input, `${done}/call/stdout`, `${done}/call`, done, live]) utimesSync(path, OLD, OLD);
  const target = aTarget({ root: base });
  return { place, input, done, live, target: { ...target, cleanup: { ...target.cleanup, places: [place] } } };
}

test('it is counted first, a live run is spared, and what is left is what was not counted', async () => {
  const { place, input, done, live, target } = data('counted');
  const counted = await site.run(recorded(measureScript(place, DAYS)));
  const [inputs, executions] = parseMeasure(target, counted.output);
  expect(inputs).toMatchObject({ entries: 1, files: 1 });
  expect(executions).toMatchObject({ entries: 1, spared: 1 });
  expect(existsSync(input), 'counting removes nothing').toBe(true);
  const removed = await site.run(contained(purgeScript(place, DAYS)));
  expect(removed, removed.output).toMatchObject({ code: 0 });
  expect([input, done, live].map((path) => existsSync(path))).toEqual([false, false, true]);
});

test('a folder that is not there is an error, and then nothing is removed from the other one either', async () => {
  const { place, input } = data('moved');
  const moved = { ...place, executions: `${site.root}/moved/jaws-dev` };
  const refused = await site.run(contained(purgeScript(moved, DAYS)));
  expect(refused.code).toBe(1);
  expect(refused.output).toContain('/moved/jaws-dev is missing; nothing was removed');
  mkdirSync(place.log, { recursive: true });
  expect(existsSync(input)).toBe(true);
});
