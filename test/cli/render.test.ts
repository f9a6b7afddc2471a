import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeRendered } from '../../src/cli/render.ts';
import { type RenderedFile, sha256 } from '../../src/core/file.ts';
import { aSecret } from '../fixtures/target.ts';

let base: string;
let out: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'jaws-out-'));
  out = join(base, 'out');
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const conf: RenderedFile = {
  path: '/i/config/a.conf',
  mode: 0o600,
  content: aSecret('conf', 'password=x\n'),
};
const shim: RenderedFile = { path: '/i/bin/run', mode: 0o755, group: 'jaws', content: '#!/bin/sh\n' };
const unit: RenderedFile = { path: '~/.config/u', mode: 0o644, content: 'u\n' };

function modeOf(path: string): number {
  return statSync(join(out, path)).mode & 0o7777;
}

test('files, modes and manifest', async () => {
  await writeRendered([conf, shim, unit], out);
  expect(readFileSync(join(out, 'i/config/a.conf'), 'utf8')).toBe('password=x\n');
  expect([modeOf('i/config/a.conf'), modeOf('i/bin/run'), modeOf('~/.config/u')]).toEqual([
    0o600, 0o755, 0o644,
  ]);
  expect([modeOf('.'), modeOf('i'), modeOf('i/config'), modeOf('manifest.json')]).toEqual([
    0o700, 0o700, 0o700, 0o600,
  ]);
  expect(JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'))).toEqual([
    { path: conf.path, mode: '0600', group: null, secret: true, sha256: sha256('password=x\n') },
    { path: shim.path, mode: '0755', group: 'jaws', secret: false, sha256: sha256('#!/bin/sh\n') },
    { path: unit.path, mode: '0644', group: null, secret: false, sha256: sha256('u\n') },
  ]);
});

test('an earlier output is replaced, and what is no longer rendered is removed', async () => {
  await writeRendered([conf, shim], out);
  writeFileSync(join(out, 'i/note'), 'mine');
  await writeRendered([{ ...conf, content: 'changed\n' }], out);
  expect(readFileSync(join(out, 'i/config/a.conf'), 'utf8')).toBe('changed\n');
  expect(readdirSync(join(out, 'i/bin'))).toEqual([]);
  expect(readFileSync(join(out, 'i/note'), 'utf8')).toBe('mine');
});

test('an empty folder is taken', async () => {
  mkdirSync(out);
  await expect(writeRendered([shim], out)).resolves.toHaveLength(1);
});

test.each([
  [
    'other files',
    () => writeFileSync(join(out, 'thesis.tex'), 'x'),
    'a folder with other files (thesis.tex, …)',
  ],
  [
    'a manifest of something else',
    () => writeFileSync(join(out, 'manifest.json'), '{"name":"x"}'),
    "another program's",
  ],
  ['a manifest that is no JSON', () => writeFileSync(join(out, 'manifest.json'), '{'), "another program's"],
])('a folder with %s is left alone', async (_, fill, why) => {
  mkdirSync(out);
  fill();
  const before = readdirSync(out);
  await expect(writeRendered([shim], out)).rejects.toMatchObject({
    code: 'usage.argument',
    message: expect.stringContaining(why),
  });
  expect(readdirSync(out)).toEqual(before);
});

test('a file in the place of the folder is left alone', async () => {
  writeFileSync(out, 'x');
  await expect(writeRendered([shim], out)).rejects.toMatchObject({ code: 'usage.argument' });
  expect(readFileSync(out, 'utf8')).toBe('x');
});

test('nothing is written or removed outside of the folder', async () => {
  writeFileSync(join(base, 'victim'), 'x');
  await expect(writeRendered([{ ...shim, path: '/../victim' }], out)).rejects.toThrow(
    'would not lie below it',
  );
  await writeRendered([shim], out);
  const entry = { path: '/../victim', mode: '0600', group: null, secret: false, sha256: sha256('x') };
  writeFileSync(join(out, 'manifest.json'), JSON.stringify([entry]));
  await expect(writeRendered([shim], out)).rejects.toThrow('would not lie below it');
  await expect(writeRendered([{ ...shim, path: '/manifest.json' }], join(base, 'new'))).rejects.toThrow(
    'below it',
  );
  expect(readFileSync(join(base, 'victim'), 'utf8')).toBe('x');
});
