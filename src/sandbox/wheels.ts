import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { JAWS_SITE_SOURCE, SITE_PROGRAMS } from './folder.ts';
import { collectOk } from './process.ts';

/** Versions of the stand-in for JAWS Site that a sandbox offers. */
export const JAWS_SITE_VERSIONS: readonly string[] = ['2.5.3', '2.5.4', '2.6.0'];

/** Folder that the stand-in for Apptainer takes for a registry, below the folder of the wheels. */
export function registryIn(wheels: string): string {
  return join(wheels, 'registry');
}

/**
 * Makes the wheels that sites install from: `jaws_site` in the given versions and `supervisor` repacked from
 * Debian's package, which needs no internet; and a registry with an image of each version. Does nothing when they
 * are there and their sources are the same.
 * @param out the folder they go to; made when missing.
 * @returns file names of the wheels.
 * @throws OpsError `internal` with the builder's output when it fails.
 */
export async function buildWheels(
  out: string,
  versions: readonly string[] = JAWS_SITE_VERSIONS,
): Promise<readonly string[]> {
  const builder = join(SITE_PROGRAMS, 'wheels.py');
  const imageBuilder = join(SITE_PROGRAMS, 'images.py');
  const digest = digestOf([
    builder,
    imageBuilder,
    ...filesIn(JAWS_SITE_SOURCE),
    ...filesIn(join(JAWS_SITE_SOURCE, 'jaws_site')),
  ]);
  const stamp = join(out, '.made-from');
  const wanted = `${digest} ${versions.join(' ')}\n`;
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    await collectOk(['/usr/bin/python3', '-B', '-I', builder, JAWS_SITE_SOURCE, out, ...versions]);
    await collectOk(['/usr/bin/python3', '-B', '-I', imageBuilder, out, registryIn(out)]);
    writeFileSync(stamp, wanted);
  }
  return readdirSync(out).filter((name) => name.endsWith('.whl'));
}

function filesIn(dir: string): readonly string[] {
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(dir, entry.name))
    .sort();
}

function digestOf(paths: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(readFileSync(path)).update('\0');
  return hash.digest('hex');
}
