import { chmodSync, existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join as pathOf } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contained } from '../../src/core/record.ts';
import { join, raw } from '../../src/core/script.ts';
import type { Deployment } from '../../src/core/target.ts';
import { blockMarks, scrontabPaths } from '../../src/launchers/scrontab-paths.ts';
import { tableFunction } from '../../src/launchers/scrontab-shell.ts';
import { aFolder, runHere } from '../fixtures/shell.ts';
import { aTarget } from '../fixtures/target.ts';

const FOREIGN = '0 1 * * * /bin/true';
let folder: ReturnType<typeof aFolder>;
let env: Record<string, string>;
const table = () => readFileSync(pathOf(folder.path, 'table'), 'utf8');
const turn = () => pathOf(folder.path, '.jaws-ops-scrontab');

/** A `scrontab` that takes its time, as one does that asks a controller. */
beforeEach(() => {
  folder = aFolder();
  const kept = pathOf(folder.path, 'table');
  const program = pathOf(folder.path, 'scrontab');
  writeFileSync(kept, `${FOREIGN}\n`);
  writeFileSync(
    program,
    `#!/bin/sh\nsleep 0.2\nif [ "$1" = -l ]; then cat '${kept}'; else cp "$1" '${kept}'; fi\n`,
  );
  chmodSync(program, 0o755);
  env = { HOME: folder.path, PATH: `${folder.path}:${process.env['PATH'] ?? ''}` };
});
afterEach(() => folder.remove());

/** Puts a deployment's block into the table. */
function put(deployment: Deployment) {
  const target = aTarget({ deployment, root: folder.path });
  const { block } = scrontabPaths(target);
  const { begin, end } = blockMarks(target);
  mkdirSync(dirname(block), { recursive: true });
  writeFileSync(block, `${begin}\n*/10 * * * * ${deployment}\n${end}\n`);
  return contained(join([tableFunction(target), raw('table put')]));
}

test('deployments of one account that edit the scrontab at once all stand in it, beside the lines of others', () => {
  const edits = (['dev', 'staging', 'prod'] as const).map((deployment) => [
    raw('('),
    put(deployment),
    raw(') &'),
  ]);
  expect(runHere(join([...edits.flat(), raw('wait')]), env).stdout).not.toContain('error:');
  expect(table().split('\n')).toEqual(
    expect.arrayContaining([FOREIGN, '*/10 * * * * dev', '*/10 * * * * staging', '*/10 * * * * prod']),
  );
  expect(existsSync(turn())).toBe(false);
});

test('an edit that was cut off does not keep later ones out', () => {
  mkdirSync(turn());
  utimesSync(turn(), new Date(Date.now() - 120_000), new Date(Date.now() - 120_000));
  expect(runHere(put('dev'), env).code).toBe(0);
  expect(table()).toContain('*/10 * * * * dev');
});

test('an edit that fails says so and lets the next one in', () => {
  writeFileSync(pathOf(folder.path, 'scrontab'), '#!/bin/sh\necho "scrontab: error: disabled"\nexit 1\n');
  const { code, stdout } = runHere(put('dev'), env);
  expect(code).toBe(1);
  expect(stdout).toContain('error: scrontab -l does not work');
  expect(existsSync(turn())).toBe(false);
});
