import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Folder, foldersOf, foldersScript } from '../../src/plan/folders.ts';
import { aFolder, runHere, shellcheck } from '../fixtures/shell.ts';
import { aTarget } from '../fixtures/target.ts';

const group = execFileSync('id', ['-gn', userInfo().username], { encoding: 'utf8' }).trim();
let root: ReturnType<typeof aFolder>;
beforeEach(() => {
  root = aFolder();
});
afterEach(() => root.remove());

const folder = (over: Partial<Folder>): Folder => ({
  path: `${root.path}/a/b`,
  mode: '0750',
  group,
  acl: [],
  onFailure: 'stop',
  ...over,
});
const mode = (path: string) => statSync(path).mode & 0o7777;

test('creates a folder with its final mode and does nothing the second time', () => {
  const script = foldersScript([folder({})]);
  expect(runHere(script).stdout).toContain(`created ${root.path}/a/b`);
  expect(mode(`${root.path}/a/b`)).toBe(0o750);
  expect(runHere(script).stdout).toBe('');
});

test('brings an existing folder to its final mode and says so', () => {
  mkdirSync(`${root.path}/a/b`, { recursive: true, mode: 0o700 });
  const ran = runHere(foldersScript([folder({ mode: '2775' })]));
  expect(ran.stdout).toContain(`set ${root.path}/a/b to 2775`);
  expect(mode(`${root.path}/a/b`)).toBe(0o2775);
});

test('a folder that must be right stops the step, one that may differ warns', () => {
  const unknown = { group: 'no-such-group' };
  const stopped = runHere(foldersScript([folder(unknown)]));
  expect(stopped.code).toBe(1);
  expect(stopped.stdout).toContain('error: ');
  const warned = runHere(foldersScript([folder({ ...unknown, onFailure: 'warn' })]));
  expect(warned.code).toBe(0);
  expect(warned.stdout).toContain('warning: ');
});

test('a scratch in S3 has no folder at the site', () => {
  const target = aTarget();
  expect(foldersOf(target).map(({ path }) => path)).toEqual([
    target.paths.install,
    target.paths.bin,
    target.paths.config,
    target.paths.log,
    target.paths.supervisor,
  ]);
});

test('data folders get their shared mode at once, and never 0750', () => {
  const target = aTarget({
    root: root.path,
    values: { JAWS_SITE_INPUT_FOLDER_PERMS: '2777', JAWS_USERS_GROUP: '' },
  });
  const data = foldersOf(target).slice(5);
  expect(data.map(({ path, mode }) => [path, mode])).toEqual([
    [target.paths.scratch, '2777'],
    [target.paths.executions, '0775'],
    [target.paths.inputs, '2777'],
  ]);
  expect(data[0]?.acl).toEqual(['d:g:ec2-user:rwx', 'd:o::rwx', 'o::rwx']);
  expect(data[1]?.acl).toEqual(['d:g:ec2-user:rwx', 'd:o::rx']);
});

test('a site without ACLs still gets its modes', () => {
  const target = aTarget({ root: root.path, values: { JAWS_SETFACL: '0' } });
  expect(foldersOf(target).every(({ acl }) => acl.length === 0)).toBe(true);
});

test('the script has no fault that shellcheck knows', () => {
  expect(shellcheck(foldersScript(foldersOf(aTarget({ root: root.path }))))).toBe('');
});
