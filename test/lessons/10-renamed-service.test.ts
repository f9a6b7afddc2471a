import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stagedName } from '../../src/core/file.ts';
import { reveal } from '../../src/core/secret.ts';
import { renderTarget } from '../../src/plan/render-target.ts';
import { writeScript } from '../../src/plan/write.ts';
import { put } from '../contract/local-site.ts';
import { combinations } from '../golden/combinations.ts';
import { aQuickSite, type QuickSite } from './world.ts';

// A service was renamed five times. Configuration, shims and units each had a list of their own, so that for months a
// unit was handled that no longer existed, and processes of old names stayed.

let quick: QuickSite;
beforeAll(async () => {
  quick = await aQuickSite();
  quick.install();
});
afterAll(() => quick.remove());

test('every launch tool and install method makes its files of the one catalogue', () => {
  for (const { target, name } of combinations().offered) {
    const [first, ...others] = target.services;
    if (first === undefined) throw new Error('no services');
    const renamed = { ...target, services: [{ ...first, name: 'pool-daemon', program: 'pool' }, ...others] };
    const release = { version: '2.5.4', name: 'x' };
    const text = (of: typeof target) =>
      renderTarget(of, release)
        .map(({ path, content }) => `${path}\n${reveal(content)}`)
        .join('\n')
        .replaceAll(first.venvLog, 'log')
        .replaceAll(first.containerLog, 'log');
    expect(text(renamed), `${target.id}, ${name}`).toContain('pool-daemon');
    expect(text(renamed), `${target.id}, ${name}`).not.toContain(first.name);
  }
});

test('a program of an earlier name is reported, and gone after the next start', async () => {
  const { target } = quick;
  quick.edit('supervisor.site.conf', 'programs=runs,', 'programs=task-log,runs,');
  quick.edit(
    'supervisor.site.conf',
    '[group:',
    `[program:task-log]\ncommand=${target.paths.bin}/run-daemon\n[group:`,
  );
  await quick.start();
  expect(await quick.findings()).toContainEqual(
    expect.objectContaining({ level: 'warn', message: expect.stringContaining('jaws-site:task-log') }),
  );
  quick.install();
  await quick.start();
  expect((await quick.ctl('status')).output).not.toContain('task-log');
});

test('the shim of an earlier name is removed by the deploy that no longer writes it', async () => {
  const { target, site } = quick;
  const files = renderTarget(target, { version: '2.5.4', name: 'x' });
  const old = `${target.paths.bin}/task-log-receive`;
  put(old, '#!/bin/sh\n', 0o700);
  put(`${target.paths.ops}/files.sha256`, `${'0'.repeat(64)}  ${old}\n`);
  const staging = `${site.root}/staging`;
  for (const file of files) put(`${staging}/${stagedName(file.path)}`, reveal(file.content));
  const script = writeScript(target, files, 'r1');
  const moved = await site.run({
    parts: [
      { text: 'JAWS_OPS_STAGING=' },
      { word: staging },
      { text: '; export JAWS_OPS_STAGING\n' },
      ...script.parts,
    ],
  });
  expect(moved, moved.output).toMatchObject({ code: 0 });
  expect(existsSync(old)).toBe(false);
  expect(existsSync(`${target.paths.bin}/run-daemon`)).toBe(true);
});
