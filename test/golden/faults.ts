import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { z } from 'zod';
import { put, readAll } from '../fixtures/readers.ts';
import type { Laid, LaidFile } from './reading.ts';

const SHEBANG = /^#!(\/bin\/sh|\/bin\/bash|\/bin\/bash -l)$/;

/** What shells and shellcheck say against shell files; each text is looked at once. */
export function shellFaults(laid: readonly Laid[]): readonly string[] {
  const files = distinctFiles(laid, 'shell');
  if (files.length === 0) return ['there is no shell file'];
  const faults = files
    .filter(({ text }) => !SHEBANG.test(text.split('\n')[0] ?? ''))
    .map(({ path, text }) => `${path}: begins with ${text.split('\n')[0]}`);
  const paths = (shell: string) =>
    files.filter(({ text }) => text.startsWith('#!/bin/bash') === (shell === 'bash')).map(({ here }) => here);
  return [
    ...faults,
    ...['bash', 'sh'].flatMap((shell) => [
      ...unparsed(paths(shell), shell),
      ...unchecked(paths(shell), shell, 'style'),
    ]),
  ];
}

/** What a shell complains of when it parses files. */
export function unparsed(paths: readonly string[], shell: string): readonly string[] {
  const { stderr } = spawnSync('sh', ['-c', `while read -r file; do ${shell} -n "$file"; done`], {
    input: paths.map((path) => `${path}\n`).join(''),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return linesOf(stderr);
}

/** What shellcheck finds in files of a dialect, some findings apart. */
export function unchecked(
  paths: readonly string[],
  dialect: string,
  severity: string,
  accepted: readonly string[] = [],
): readonly string[] {
  if (paths.length === 0) return [];
  const options = ['-s', dialect, '-S', severity, '-f', 'gcc', ...accepted.flatMap((code) => ['-e', code])];
  const { stdout, stderr, error } = spawnSync('shellcheck', [...options, ...paths], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) throw error;
  return linesOf(`${stdout}\n${stderr}`);
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** Files of one reader. Of those that differ in nothing but the names of their target, one. */
function distinctFiles(laid: readonly Laid[], reader: LaidFile['reader']): readonly LaidFile[] {
  const texts = new Map<string, LaidFile>();
  for (const { files, root, combination } of laid) {
    const { target } = combination;
    const shape = (text: string) =>
      [`${root}${target.paths.install}`, target.paths.install, target.id, target.deployment].reduce(
        (rest, name) => rest.replaceAll(name, '\0'),
        text,
      );
    for (const file of files) if (file.reader === reader) texts.set(shape(file.text), file);
  }
  return [...texts.values()];
}

const supervisorReading = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      programs: z.array(z.object({ name: z.string(), command: z.string() })),
    }),
  ),
  warnings: z.array(z.unknown()),
});

/** What does not fit together in the files of supervisord, as supervisord itself understands them. */
export function groupFaults(laid: readonly Laid[]): readonly string[] {
  const confs = laid.flatMap((one) =>
    one.files
      .filter(({ path }) => /^supervisord?(-\w+)?\.conf$/.test(basename(path)))
      .map((file) => ({ one, file })),
  );
  const readings = readAll(confs.map(({ file }) => ({ reader: 'supervisor', path: file.here })));
  return confs.flatMap(({ one, file }, i) => {
    const name = `${one.combination.target.id}, ${one.combination.name}, ${basename(file.path)}`;
    const reading = readings[i];
    if (reading === undefined || 'error' in reading) return [`${name}: ${reading?.error}`];
    const { groups, warnings } = supervisorReading.parse(reading.read);
    const { target } = one.combination;
    const programs = groups.flatMap((group) => group.programs);
    const missing = programs
      .filter(({ command }) => one.files.every(({ here, mode }) => here !== command || (mode & 0o100) === 0))
      .map((program) => `${name}: ${program.name}: ${program.command} is not written executable`);
    const unknown = target.services
      .filter((service) => programs.every((program) => program.name !== service.program))
      .map((service) => `${name}: no program for ${service.name}`);
    const others = groups
      .filter((group) => !group.name.startsWith('jaws-'))
      .map((group) => `${name}: ${group.name} is no group of ours`);
    return [...missing, ...unknown, ...others, ...warnings.map((warning) => `${name}: ${String(warning)}`)];
  });
}

/** What systemd says against units, and units that would start what is not there. */
export function unitFaults(laid: readonly Laid[], root: string): readonly string[] {
  const runtime = `${root}/runtime`;
  mkdirSync(runtime, { recursive: true });
  const seen = new Set<string>();
  return laid
    .filter(({ files }) => files.some(({ reader }) => reader === 'systemd'))
    .flatMap((one) => {
      const units = one.files.filter(({ reader }) => reader === 'systemd');
      const key = units.map(({ text }) => text.replaceAll(one.root, '')).join('');
      const known = seen.has(key);
      seen.add(key);
      const name = `${one.combination.target.id}, ${one.combination.name}`;
      // An apptainer is named that this machine may not have.
      const here = units.map(({ here: path, text }) =>
        put(`${dirname(path)}/checked/${basename(path)}`, text.replaceAll('/usr/bin/apptainer', '/bin/true')),
      );
      const said = known ? [] : verified(here, runtime);
      const unstarted = units.flatMap(({ path, text }) => {
        const commands = [...text.matchAll(/^(?:ConditionFileIsExecutable=|ExecStart=\/bin\/bash )(.*)$/gm)];
        const files = commands.map(([, file = '']) => file);
        const bad = files.filter((file) =>
          one.files.every((written) => written.here !== file || (written.mode & 0o100) === 0),
        );
        return files.length === 0
          ? [`${path}: starts nothing`]
          : bad.map((file) => `${path}: ${file} is not there`);
      });
      const services = one.combination.target.services.filter(({ name: service }) =>
        units.every(({ path }) => !basename(path).startsWith(`${service}-`)),
      );
      return [
        ...said.map((line) => `${name}: ${line}`),
        ...unstarted.map((fault) => `${name}: ${fault}`),
        ...services.map((service) => `${name}: no unit for ${service.name}`),
      ];
    });
}

function verified(units: readonly string[], runtime: string): readonly string[] {
  const { stderr, error } = spawnSync('systemd-analyze', ['--user', 'verify', ...units], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], XDG_RUNTIME_DIR: runtime, HOME: runtime },
  });
  if (error) throw error;
  return linesOf(stderr);
}
