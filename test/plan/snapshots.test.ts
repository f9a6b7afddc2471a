import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stagedName } from '../../src/core/file.ts';
import type { Service } from '../../src/core/service.ts';
import type { Target } from '../../src/core/target.ts';
import { besideName } from '../../src/plan/beside.ts';
import { catalogueFact, cataloguePath } from '../../src/plan/catalogue.ts';
import { restoreScript, snapshotFacts } from '../../src/plan/snapshots.ts';
import { writeScript } from '../../src/plan/write.ts';
import { put } from '../fixtures/readers.ts';
import { aFolder, runHere, shellcheck } from '../fixtures/shell.ts';
import { aTarget } from '../fixtures/target.ts';

let folder: ReturnType<typeof aFolder>;
let target: Target;
beforeEach(() => {
  folder = aFolder();
  target = aTarget({ root: folder.path });
  for (const path of [target.paths.ops, target.paths.bin]) mkdirSync(path, { recursive: true });
});
afterEach(() => folder.remove());

const service = (name: string): Service => ({
  name,
  program: name,
  venvLog: `${name}.log`,
  containerLog: `${name}.log`,
});
const OLD = [service('run-daemon'), service('task-log')];
const NEW = [service('run-daemon'), service('pool')];
const shim = (name: string) => `${target.paths.bin}/${name}`;

/** Writes one file per service, as a deploy of them does. */
function deploy(services: readonly Service[], release: string): void {
  const staging = join(folder.path, 'staging');
  mkdirSync(staging, { recursive: true });
  const files = services.map(({ name }) => ({ path: shim(name), content: `# ${release}\n`, mode: 0o700 }));
  for (const { path, content } of files) put(join(staging, stagedName(path)), content);
  const { code } = runHere(writeScript({ ...target, services }, files, release), {
    JAWS_OPS_STAGING: staging,
    HOME: folder.path,
  });
  expect(code).toBe(0);
}

const look = <T>({
  script,
  parse,
}: {
  script: Parameters<typeof runHere>[0];
  parse(out: string, code: number): T;
}) => {
  const { stdout, code } = runHere(script);
  return parse(stdout, code);
};

test('nothing is known of the services before the first deploy', () => {
  expect(look(catalogueFact(target))).toBeUndefined();
  expect(look(snapshotFacts(target))).toEqual([]);
});

test('a snapshot keeps the services of the files it keeps', () => {
  deploy(OLD, 'r1');
  expect(look(catalogueFact(target))).toEqual(OLD);
  expect(look(snapshotFacts(target))).toMatchObject([{ release: 'r1', files: 0 }]);
  expect(look(snapshotFacts(target))[0]?.services).toBeUndefined();
  deploy(NEW, 'r2');
  expect(look(catalogueFact(target))).toEqual(NEW);
  expect(look(snapshotFacts(target)).find(({ release }) => release === 'r2')?.services).toEqual(OLD);
});

test('a rollback brings back what was removed, removes what was added, and knows which services those are', () => {
  deploy(OLD, 'r1');
  deploy(NEW, 'r2');
  expect([existsSync(shim('task-log')), existsSync(shim('pool'))]).toEqual([false, true]);
  expect(runHere(restoreScript(target, 'r2')).code).toBe(0);
  expect([existsSync(shim('task-log')), existsSync(shim('pool'))]).toEqual([true, false]);
  expect(readFileSync(shim('run-daemon'), 'utf8')).toBe('# r1\n');
  expect(look(catalogueFact(target))).toEqual(OLD);
  expect(runHere(restoreScript(target, 'r1')).code, 'back to where nothing was kept').toBe(0);
  expect(look(catalogueFact(target))).toBeUndefined();
});

test('a rollback removes what a deploy that was broken off has left beside the files', () => {
  deploy(OLD, 'r1');
  deploy(NEW, 'r2');
  put(`${target.paths.bin}/${besideName(target)}/pool`, 'half');
  expect(runHere(restoreScript(target, 'r2')).code).toBe(0);
  expect(readdirSync(target.paths.bin).sort()).toEqual(['run-daemon', 'task-log']);
  put(`${target.paths.bin}/${besideName(target)}/pool`, 'half');
  expect(runHere(restoreScript(target, 'r1')).code, 'where there was nothing before').toBe(0);
  expect(readdirSync(target.paths.bin)).toEqual([]);
});

test.each(['../../etc/passwd a b c', 'run-daemon runs a.log', 'a b c d e', '-rf runs a.log b.log'])(
  'a list of services that says %j is not guessed at',
  (line) => {
    writeFileSync(cataloguePath(target), `run-daemon runs a.log b.log\n${line}\n`);
    expect(() => look(catalogueFact(target))).toThrow(
      `${cataloguePath(target)}: got "${line}", expected the four names of a service`,
    );
  },
);

test('the scripts have no fault that shellcheck knows', () => {
  expect(shellcheck(restoreScript(target, 'r1'))).toBe('');
  expect(shellcheck(snapshotFacts(target).script)).toBe('');
  expect(shellcheck(catalogueFact(target).script)).toBe('');
});
