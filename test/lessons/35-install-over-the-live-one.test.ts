import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Configured, InstallMethod } from '../../src/core/target.ts';
import { venv } from '../../src/installers/venv.ts';
import { aLocalSite, type LocalSite } from '../contract/local-site.ts';
import { put } from '../fixtures/readers.ts';
import { aTarget } from '../fixtures/target.ts';

// The old venv was not removed before a new install; then the whole install folder was removed, with configuration and
// logs. Where a step in the middle failed, services were started on what was left.

let site: LocalSite;
beforeAll(() => {
  site = aLocalSite();
});
afterAll(() => site.remove());

const RELEASE = { version: '2.5.4', name: '2.5.4-new' };

/** A python that makes a venv whose pip does what it is told. */
const PYTHON = (pip: string) => `#!/bin/sh
if [ "$2" = venv ]; then mkdir -p "$3/bin" && cp "$0" "$3/bin/python"; exit; fi
if [ "$2" = pip ]; then ${pip}; fi
`;

test.each([
  ['pip fails in the middle', 'mkdir -p half; exit 1', 'pip cannot install'],
  ['the command it installed does not work', 'exit 0', 'jaws-site --help does not work'],
])('%s: the live version, configuration and logs stay as they are', async (_name, pip, said) => {
  const python = put(`${site.root}/${said.replaceAll(/\W/g, '-')}`, PYTHON(pip), 0o755);
  const installer: Configured<InstallMethod> = { kind: 'venv', source: { directory: site.root } };
  const target = aTarget({ root: site.root, installer, values: { JAWS_PYTHON: python } });
  const { venv: live, venvs, config, log } = target.paths;
  const old = `${venvs}/2.5.3-old`;
  if (!existsSync(old)) {
    put(`${old}/.jaws-release`, 'version=2.5.3\nbuilt=2026-01-01T00:00:00Z\n');
    symlinkSync(old, live);
    for (const folder of [config, log]) mkdirSync(folder, { recursive: true });
    put(`${config}/jaws-site.conf`, 'kept\n');
  }
  const staged = await site.run(venv.stage(target, RELEASE));
  expect(staged.code).toBe(1);
  expect(staged.output).toContain(said);
  expect((await site.run(venv.switch(target, RELEASE))).code, 'what is not complete is never made live').toBe(
    1,
  );
  expect(readlinkSync(live)).toBe(old);
  expect(readdirSync(venvs)).toEqual(['2.5.3-old']);
  expect(readFileSync(`${config}/jaws-site.conf`, 'utf8')).toBe('kept\n');
});
