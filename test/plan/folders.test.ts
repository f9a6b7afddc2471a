import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { masked } from '../../src/core/script.ts';
import { folderFacts } from '../../src/plan/folder-facts.ts';
import { aclProbeScript, type Folder, foldersOf, foldersScript } from '../../src/plan/folders.ts';
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
  parents: true,
  policy: { group: 'fatal', mode: 'fatal', acl: 'fatal' },
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
  expect(ran.stdout).toContain(`${root.path}/a/b: mode 700 changed to 2775`);
  expect(mode(`${root.path}/a/b`)).toBe(0o2775);
});

const WARN = { group: 'warn', mode: 'warn', acl: 'warn' } as const;

test('what the policy calls fatal stops the step, what it does not warns', () => {
  const unknown = { group: 'no-such-group' };
  const stopped = runHere(foldersScript([folder(unknown)]));
  expect(stopped.code).toBe(1);
  expect(stopped.stdout).toContain('error: ');
  const warned = runHere(
    foldersScript([folder({ ...unknown, policy: WARN }), folder({ path: `${root.path}/c` })]),
  );
  expect(warned.code).toBe(0);
  expect(warned.stdout).toContain('warning: ');
  expect(mode(`${root.path}/c`), 'the next folder is still made').toBe(0o750);
});

test('folders above data are never made: their file system may not be mounted', () => {
  const { code, stdout } = runHere(foldersScript([folder({ parents: false, policy: WARN })]));
  expect(code).toBe(1);
  expect(stdout).toContain(`${root.path}/a: is missing; is its file system mounted?`);
});

const ACL = ['default:group:daemon:rwx', 'other::rwx'];
const aclOf = (path: string) =>
  execFileSync('getfacl', ['-cp', path], { encoding: 'utf8' }).trim().split('\n');

test('ACL entries are set once, said, and not set again', () => {
  const script = foldersScript([folder({ mode: '0777', acl: ACL })]);
  expect(runHere(script).stdout).toContain('ACL entries set: default:group:daemon:rwx');
  expect(aclOf(`${root.path}/a/b`)).toEqual(expect.arrayContaining(ACL));
  expect(runHere(script).stdout).toBe('');
  execFileSync('setfacl', ['-x', 'd:g:daemon', `${root.path}/a/b`]);
  expect(runHere(script).stdout).toBe(`done: ${root.path}/a/b: ACL entries set: default:group:daemon:rwx\n`);
});

test('an entry that the mask limits is set again', () => {
  const script = foldersScript([folder({ mode: '0777', acl: ACL })]);
  runHere(script);
  execFileSync('setfacl', ['-n', '-m', 'd:m::r-x', `${root.path}/a/b`]);
  expect(runHere(script).stdout).toContain('default:group:daemon:rwx');
  expect(aclOf(`${root.path}/a/b`)).toContain('default:mask::rwx');
});

test('nothing inside a data folder is touched', () => {
  mkdirSync(`${root.path}/a/b/users`, { recursive: true, mode: 0o700 });
  const before = aclOf(`${root.path}/a/b/users`);
  runHere(foldersScript([folder({ mode: '2777', acl: ACL })]));
  expect(aclOf(`${root.path}/a/b/users`)).toEqual(before);
});

test('a trial of ACLs leaves nothing behind, and is not made where they are optional', () => {
  mkdirSync(`${root.path}/a/b`, { recursive: true });
  const ran = runHere(aclProbeScript([folder({ acl: ACL })]));
  expect(ran).toMatchObject({ code: 0, stdout: '' });
  expect(readdirSync(`${root.path}/a/b`)).toEqual([]);
  expect(masked(aclProbeScript([folder({ acl: ACL, policy: WARN })]))).toBe(':');
  const refused = runHere(aclProbeScript([folder({ acl: ['default:group:no-such-group:rwx'] })]));
  expect(refused.code).toBe(1);
  expect(refused.stdout).toMatch(/^error: .*its ACL cannot be set/);
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
  expect(data[0]?.acl).toEqual(['default:group:ec2-user:rwx', 'default:other::rwx', 'other::rwx']);
  expect(data[1]?.acl).toEqual(['default:group:ec2-user:rwx', 'default:other::r-x']);
});

test('others whom the ACL lets in are in the mode, so that no deploy closes the folder on the way', () => {
  const target = aTarget({ root: root.path, values: { JAWS_USERS_GROUP: '' } });
  expect(
    foldersOf(target)
      .slice(5)
      .map(({ mode }) => mode),
  ).toEqual(['0777', '0775', '0777']);
});

test('where both groups are one, it keeps the wider rights', () => {
  const executions = foldersOf(aTarget({ root: root.path }))[6];
  expect(executions?.acl).toEqual(['default:group:ec2-user:rwx']);
});

test('a site without ACLs still gets its modes', () => {
  const target = aTarget({ root: root.path, values: { JAWS_SETFACL: '0' } });
  expect(foldersOf(target).every(({ acl }) => acl.length === 0)).toBe(true);
});

test('the script has no fault that shellcheck knows', () => {
  expect(shellcheck(foldersScript(foldersOf(aTarget({ root: root.path }))))).toBe('');
});

test('neither have the trial and the look', () => {
  const target = aTarget({ root: root.path });
  const required = foldersOf(target).map((one) => ({
    ...one,
    policy: { ...one.policy, acl: 'fatal' as const },
  }));
  expect(shellcheck(aclProbeScript(required))).toBe('');
  expect(shellcheck(folderFacts(target).script)).toBe('');
});
