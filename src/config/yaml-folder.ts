import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Problem } from '../core/errors.ts';
import { problem } from './issues.ts';

/** Names of the YAML files of a subfolder, sorted; other endings of YAML files are a problem. */
export function yamlNames(
  dir: string,
  folder: string,
  shown: string,
  problems: Problem[],
): readonly string[] {
  let names: readonly string[];
  try {
    names = readdirSync(path.join(dir, folder)).filter((name) => !name.startsWith('.'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    problems.push(problem('config.file', `${shown}/${folder}: cannot be read (${why})`));
    return [];
  }
  for (const name of names.filter((candidate) => candidate.endsWith('.yml'))) {
    problems.push(problem('config.file', `${shown}/${folder}/${name}: got ending .yml, expected .yaml`));
  }
  return names
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length))
    .sort();
}

/** The folder as messages name it: relative to the working directory when it lies below it. */
export function shownName(dir: string): string {
  const relative = path.relative(process.cwd(), dir);
  return relative === '' || relative.startsWith('..') || path.isAbsolute(relative)
    ? path.normalize(dir)
    : relative;
}
