import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Target } from '../../src/core/target.ts';
import { type FolderState, folderFacts, folderFindings } from '../../src/plan/folder-facts.ts';
import { foldersOf, foldersScript } from '../../src/plan/folders.ts';
import { aFolder, runHere } from '../fixtures/shell.ts';
import { aTarget } from '../fixtures/target.ts';

let root: ReturnType<typeof aFolder>;
let target: Target;
beforeEach(() => {
  root = aFolder();
  mkdirSync(`${root.path}/scratch`);
  target = aTarget({ root: root.path, values: { JAWS_GROUP: 'root', JAWS_USERS_GROUP: 'daemon' } });
});
afterEach(() => root.remove());

const look = (): readonly FolderState[] => {
  const { stdout, code } = runHere(folderFacts(target).script);
  return folderFacts(target).parse(stdout, code);
};
const keeper = { account: 'root', groups: ['root', 'daemon'] };
const findings = (states = look(), who = keeper) => folderFindings(target, states, who);

describe('a look at the folders of a target', () => {
  test('finds nothing to say before the first deploy and after any', () => {
    expect(findings()).toMatchObject([{ level: 'ok' }]);
    expect(runHere(foldersScript(foldersOf(target))).code).toBe(0);
    expect(findings()).toMatchObject([{ level: 'ok', message: '8 as configured' }]);
  });

  test('tells drift that the deploy will mend', () => {
    runHere(foldersScript(foldersOf(target)));
    chmodSync(target.paths.scratch, 0o750);
    execFileSync('setfacl', ['-k', target.paths.scratch]);
    const [first, ...more] = findings();
    expect(first).toMatchObject({ level: 'warn' });
    expect(first?.message).toMatch(/mode is 750, expected 0775; will be corrected$/);
    expect(more.map(({ message }) => message).join()).toContain(
      'ACL entries are missing: default:group:root:rwx, default:group:daemon:rwx',
    );
  });

  test('fails where the file system of the data is not there', () => {
    rmSync(`${root.path}/scratch`, { recursive: true });
    expect(findings()).toMatchObject([
      {
        level: 'fail',
        message: expect.stringContaining('scratch is missing'),
        next: expect.stringContaining('mounted'),
      },
    ]);
  });

  test('fails where a file is in the way', () => {
    writeFileSync(target.paths.scratch, '');
    expect(findings()[0]).toMatchObject({
      level: 'fail',
      message: expect.stringContaining('is not a folder'),
    });
  });
});

describe('a folder of somebody else', () => {
  const states = (change: Partial<FolderState>): readonly FolderState[] => {
    const base = {
      path: target.paths.scratch,
      kind: 'folder',
      mode: '775',
      owner: 'ada',
      group: 'root',
    } as const;
    return [{ ...base, writable: true, lacking: [], ...change }];
  };

  test('is fine as long as it is as configured', () => {
    expect(findings(states({}))).toMatchObject([{ level: 'ok' }]);
  });

  test.each([
    ['mode', { mode: '700' }, 'mode is 700'],
    ['group', { group: 'staff' }, 'group is staff'],
    ['acl', { lacking: ['default:group:daemon:rwx'] }, 'ACL entries are missing'],
  ] as const)('with another %s warns, or fails where the policy says so', (name, change, message) => {
    const [warned] = findings(states(change));
    expect(warned).toMatchObject({ level: 'warn', message: expect.stringContaining(message) });
    expect(warned?.next).toContain('Ask ada');
    target = { ...target, folders: { ...target.folders, data: { ...target.folders.data, [name]: 'fatal' } } };
    expect(findings(states(change))[0]?.level).toBe('fail');
  });

  test('that JAWS cannot write to fails', () => {
    expect(findings(states({ writable: false }))[0]).toMatchObject({
      level: 'fail',
      message: expect.stringContaining('root may not write to it'),
    });
  });
});

test('a group that the account is not in is told before it is needed', () => {
  const found = findings(look(), { account: 'root', groups: ['daemon'] });
  expect(found.map(({ level }) => level)).toEqual(['warn']);
  expect(found[0]?.message).toContain('root is not in its group root');
});
