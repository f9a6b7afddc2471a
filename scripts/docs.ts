/**
 * Writes the generated pages of docs/. With `--check` writes nothing and fails when a page in the tree differs from
 * what the code says.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { referencePages } from '../src/config/reference.ts';
import { commandsPage } from './docs-commands.ts';
import { errorsPage } from './docs-errors.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const pages = [errorsPage(), commandsPage(), ...referencePages()];

const stale = pages.filter(({ path, text }) => textOf(join(ROOT, path)) !== text);
if (process.argv.includes('--check')) {
  for (const { path } of stale) console.error(`${path} is not what the code says: run \`npm run docs\``);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const { path, text } of stale) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), text);
    console.error(`wrote ${path}`);
  }
}

/** Content of a file; undefined when there is none. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
