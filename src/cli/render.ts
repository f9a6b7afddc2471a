import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { z } from 'zod';
import { OpsError } from '../core/errors.ts';
import { type RenderedFile, sha256 } from '../core/file.ts';
import { reveal, Secret } from '../core/secret.ts';
import { octal } from '../plan/render.ts';

/** One file as OUT/manifest.json lists it. */
const ManifestEntry = z.strictObject({
  /** Path on the site: absolute, or `~/…`. */
  path: z.string(),
  /** Four octal digits, e.g. `0600`. */
  mode: z.string().regex(/^0[0-7]{3}$/),
  group: z.string().nullable(),
  secret: z.boolean(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type ManifestEntry = z.infer<typeof ManifestEntry>;

const MANIFEST = 'manifest.json';

/**
 * Writes files under `outDir/<absolute path on the site>` (those of the account's home under `outDir/~/`) with their
 * modes, and `outDir/manifest.json`. What an earlier call wrote there is replaced, and removed when it is no longer
 * among the files.
 * @returns the entries of the manifest.
 * @throws OpsError('usage.argument') for a folder that holds something else.
 */
export async function writeRendered(
  files: readonly RenderedFile[],
  outDir: string,
): Promise<readonly ManifestEntry[]> {
  const root = resolve(outDir);
  for (const entry of await earlierEntries(root)) await rm(placeOf(root, entry.path), { force: true });
  await mkdir(root, { recursive: true, mode: 0o700 });
  for (const file of files) await writeFresh(placeOf(root, file.path), reveal(file.content), file.mode);
  const entries = files.map(entryOf);
  await rm(join(root, MANIFEST), { force: true });
  await writeFresh(join(root, MANIFEST), `${JSON.stringify(entries, null, 2)}\n`, 0o600);
  return entries;
}

function entryOf(file: RenderedFile): ManifestEntry {
  return {
    path: file.path,
    mode: octal(file.mode),
    group: file.group ?? null,
    secret: file.content instanceof Secret,
    sha256: sha256(file.content),
  };
}

/** The manifest of an earlier call; nothing for a folder that is empty or not there. */
async function earlierEntries(root: string): Promise<readonly ManifestEntry[]> {
  let names: string[];
  try {
    names = await readdir(root);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw notOurs(root, codeOf(error) === 'ENOTDIR' ? 'a file' : `a folder that gives ${codeOf(error)}`);
  }
  if (names.length === 0) return [];
  if (!names.includes(MANIFEST)) throw notOurs(root, `a folder with other files (${names[0]}, …)`);
  const parsed = z.array(ManifestEntry).safeParse(jsonOf(await readFile(join(root, MANIFEST), 'utf8')));
  if (!parsed.success) throw notOurs(root, `a folder with another program's ${MANIFEST}`);
  return parsed.data;
}

function notOurs(root: string, got: string): OpsError {
  return new OpsError(
    'usage.argument',
    `--out ${root}: got ${got}, expected an empty folder or an earlier output`,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Where a file of the site lies below the root; never outside of it. */
function placeOf(root: string, path: string): string {
  const place = join(root, path);
  if (place.startsWith(root + sep) && place !== join(root, MANIFEST)) return place;
  throw new OpsError('usage.argument', `--out ${root}: ${path} would not lie below it`);
}

/** Writes a new file that nobody else can open until it has its final mode. */
async function writeFresh(place: string, text: string, mode: number): Promise<void> {
  await mkdir(dirname(place), { recursive: true, mode: 0o700 });
  const handle = await open(place, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.chmod(mode);
  } finally {
    await handle.close();
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
