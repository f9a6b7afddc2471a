import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { foldersOf, foldersScript } from '../../src/plan/folders.ts';
import { put } from '../fixtures/readers.ts';
import { aFolder, runHere } from '../fixtures/shell.ts';
import { aTarget } from '../fixtures/target.ts';
import { combinations } from '../golden/combinations.ts';

// ACLs were switched on, off, on and off again. Switched off, the plain modes were left out as well and users were
// locked out; where the users' group is empty, "other" needs an entry besides the default one.

let root: ReturnType<typeof aFolder>;
beforeAll(() => {
  root = aFolder();
});
afterAll(() => root.remove());

const group = execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim();
function scratchOf(setfacl: string, users: string) {
  const target = aTarget({
    root: root.path,
    values: { JAWS_SETFACL: setfacl, JAWS_GROUP: group, JAWS_USERS_GROUP: users },
  });
  mkdirSync(target.paths.scratch.replace(/\/[^/]*$/, ''), { recursive: true });
  const scratch = foldersOf(target).find(({ path }) => path === target.paths.scratch);
  if (scratch === undefined) throw new Error('no scratch');
  return scratch;
}

test('without ACLs the modes are set all the same', () => {
  const scratch = scratchOf('0', '');
  expect(scratch.acl).toEqual([]);
  expect(runHere(foldersScript([scratch])).code).toBe(0);
  expect((statSync(scratch.path).mode & 0o777).toString(8)).toBe('775');
});

test('without a group of users "other" gets an entry of its own besides the default', () => {
  expect(scratchOf('1', '').acl).toEqual(expect.arrayContaining(['other::rwx', 'default:other::rwx']));
});

test('a file system without ACLs is a warning where they are optional, and ends the step where they are not', () => {
  const tools = `${root.path}/tools`;
  put(`${tools}/setfacl`, '#!/bin/sh\necho "setfacl: $3: Operation not supported" >&2\nexit 1\n', 0o755);
  const env = { PATH: `${tools}:${process.env['PATH']}` };
  const scratch = scratchOf('1', '');
  const [warned, ended] = (['warn', 'fatal'] as const).map((acl) =>
    runHere(foldersScript([{ ...scratch, policy: { ...scratch.policy, acl } }]), env),
  );
  expect(warned).toMatchObject({ code: 0, stdout: expect.stringContaining('Operation not supported') });
  expect(warned?.stdout).toContain('warning: ');
  expect(ended).toMatchObject({ code: 1, stdout: expect.stringContaining('error: ') });
});

test('dori goes without ACLs and with setgid', () => {
  const dori = combinations().offered.find(({ site }) => site === 'dori');
  const scratch =
    dori === undefined
      ? undefined
      : foldersOf(dori.target).find(({ path }) => path === dori.target.paths.scratch);
  expect(scratch).toMatchObject({ mode: '2777', acl: [] });
});
