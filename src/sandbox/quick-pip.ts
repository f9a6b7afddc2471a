import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { SITE_PROGRAMS } from './folder.ts';
import { collectOk } from './process.ts';

/** Stand-in for Python's ensurepip, which takes most of the seconds that a venv costs. */
export interface QuickPip {
  /** A package of Python, and a program: `VENV/bin/python FOLDER` puts pip into a venv made without. */
  readonly folder: string;
  /** Where the machine's own one is. */
  readonly replaces: string;
}

const printed = z.object({ folder: z.string(), replaces: z.string() });

/**
 * The stand-in for ensurepip, made at the first call on this machine and kept in the folder for temporary files.
 * What it gives a venv is what the machine's own ensurepip made, by links.
 * @throws OpsError `internal` with what its maker said when it fails.
 */
export async function quickPip(): Promise<QuickPip> {
  const cache = join(tmpdir(), `jaws-ops-cache-${userInfo().uid}`);
  const maker = join(SITE_PROGRAMS, 'pip.py');
  const argv = ['/usr/bin/python3', '-B', '-I', maker, cache];
  return printed.parse(JSON.parse(await collectOk(argv)));
}
