import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { foldersOf, foldersScript } from '../../src/plan/folders.ts';
import { put } from '../fixtures/readers.ts';
import { aFolder, runHere } from '../fixtures/shell.ts';
import { aTarget } from '../fixtures/target.ts';

// Each deploy set the scratch folder to 750 before its own mode came back: runs were locked out for that time, and for
// good when the deploy died in between.

let root: ReturnType<typeof aFolder>;
beforeAll(() => {
  root = aFolder();
});
afterAll(() => root.remove());

const group = execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim();

/** Every mode that chmod and mkdir are told, written down by programs of that name before the real ones. */
function modesTold(): { env: Readonly<Record<string, string>>; told(): readonly string[] } {
  const log = put(`${root.path}/log`, '');
  for (const tool of ['chmod', 'mkdir'])
    put(
      `${root.path}/tools/${tool}`,
      `#!/bin/sh\necho "${tool} $*" >>${log}\nexec /bin/${tool} "$@"\n`,
      0o755,
    );
  return {
    env: { PATH: `${root.path}/tools:${process.env['PATH']}` },
    told: () =>
      readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line !== ''),
  };
}

test('a scratch folder in use is never given another mode than its final one', () => {
  const target = aTarget({
    root: root.path,
    values: { JAWS_SETFACL: '1', JAWS_GROUP: group, JAWS_USERS_GROUP: 'daemon' },
  });
  const data = foldersOf(target).filter(({ path }) => path.startsWith(target.paths.scratch));
  expect(data).toHaveLength(3);
  const { env, told } = modesTold();
  mkdirSync(target.paths.scratch, { recursive: true, mode: 0o700 });
  expect(runHere(foldersScript(data), env).code).toBe(0);
  for (const { path, mode } of data) {
    const about = told().filter((line) => line.endsWith(` ${path}`));
    expect(about.length, path).toBeGreaterThan(0);
    for (const line of about) expect(line.split(' ')).toContain(mode);
    expect((statSync(path).mode & 0o777).toString(8), path).toBe(mode.slice(-3));
  }
  const before = told().length;
  expect(runHere(foldersScript(data), env).code).toBe(0);
  expect(told(), 'a second deploy touches nothing').toHaveLength(before);
});
