import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { foldersScript } from '../../src/plan/folders.ts';
import { changedConfig } from '../config/folder.ts';
import { editSite } from '../fixtures/product.ts';
import { put } from '../fixtures/readers.ts';
import { aFolder, runHere } from '../fixtures/shell.ts';

// A group could not be set on one parallel file system, so the handling of errors was switched off at every site.

let root: ReturnType<typeof aFolder>;
beforeAll(() => {
  root = aFolder();
});
afterAll(() => root.remove());

const folder = (name: string, trouble: 'fatal' | 'warn', group = 'no-such-group') => ({
  path: `${root.path}/${name}`,
  mode: '0755',
  group,
  acl: [],
  parents: true,
  policy: { group: trouble, mode: trouble, acl: trouble },
});

test('what a failure means is said per site and operation, and another failure still ends the step', () => {
  const ran = runHere(
    foldersScript([folder('warned', 'warn'), folder('stopped', 'fatal'), folder('never', 'fatal')]),
  );
  expect(ran.code).toBe(1);
  expect(ran.stdout).toMatch(/warning: .*warned: group .* cannot be changed to no-such-group/);
  expect(ran.stdout).toMatch(/error: .*stopped: group .* cannot be changed to no-such-group/);
  expect(existsSync(`${root.path}/never`)).toBe(false);
});

test('a change that reports success and changed nothing is found', () => {
  const tools = `${root.path}/tools`;
  put(`${tools}/chgrp`, '#!/bin/sh\nexit 0\n', 0o755);
  const env = { PATH: `${tools}:${process.env['PATH']}` };
  const ran = runHere(foldersScript([folder('unchanged', 'fatal', 'daemon')]), env);
  expect(ran.code).toBe(1);
  expect(ran.stdout).toContain('cannot be changed to daemon');
});

test('one site may be lenient without another becoming so', () => {
  const dir = changedConfig({});
  editSite(dir, 'dori', (doc) => doc.setIn(['folders', 'install', 'group'], 'warn'));
  const config = loadConfig(dir);
  expect(config.target('dori', 'dev').folders.install).toEqual({ group: 'warn', mode: 'fatal' });
  expect(config.target('jgi', 'dev').folders.install).toEqual({ group: 'fatal', mode: 'fatal' });
});
