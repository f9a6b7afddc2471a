import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import { type Views, viewsOf } from './lex.ts';

/** One import, re-export or dynamic import of a literal. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** Path of the imported file inside the tree; absent for packages and node's own modules. */
  readonly path?: string;
}

/** One file of the tree, with its path relative to the root, in forward slashes. */
export interface Source extends Views {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

export type Tree = readonly Source[];

const IMPORTS = [
  /\b(?:import|export)\s+(?:type\s+)?[\w$*{][\w$*{}\s,]*?\s*\bfrom\s*(['"])/g,
  /\bimport\s*\(?\s*(['"])/g,
];

/** Reads one source text. */
export function sourceOf(path: string, text: string): Source {
  const views = viewsOf(text);
  const imports = IMPORTS.flatMap((pattern) =>
    [...views.code.matchAll(pattern)].map((match): Import => {
      const start = match.index + match[0].length;
      const specifier = text.slice(start, text.indexOf(match[1] as string, start));
      const line = lineAt(text, start);
      return specifier.startsWith('.')
        ? { specifier, line, path: posix.join(posix.dirname(path), specifier) }
        : { specifier, line };
    }),
  );
  return { path, text, ...views, imports: imports.sort((a, b) => a.line - b.line) };
}

/** A tree made of texts, for tests of the rules themselves. */
export function treeOf(files: Readonly<Record<string, string>>): Tree {
  return Object.entries(files).map(([path, text]) => sourceOf(path, text));
}

/** Reads every file below the given folders (or the named files) whose name passes the filter; missing ones are left out. */
export function readTree(root: string, folders: readonly string[], wanted: (path: string) => boolean): Tree {
  return folders
    .flatMap((folder) => filesBelow(join(root, folder)))
    .map((file) => relative(root, file).split(sep).join('/'))
    .filter(wanted)
    .sort()
    .map((path) => sourceOf(path, readFileSync(join(root, path), 'utf8')));
}

function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : entry.isFile() ? [path] : [];
    });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOTDIR') return [folder];
    if (code === 'ENOENT') return [];
    throw error;
  }
}

/** Line number, from 1, of an offset. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let i = text.indexOf('\n'); i >= 0 && i < offset; i = text.indexOf('\n', i + 1)) line++;
  return line;
}
