import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OpsError } from '../core/errors.ts';

/** Root of this package, from src/sandbox as from dist/sandbox. */
export const PACKAGE_DIR = fileURLToPath(new URL('../../', import.meta.url));
/** Programs that run at a site, which the build does not copy. */
export const SITE_PROGRAMS = join(PACKAGE_DIR, 'src/sandbox/site');
/** Source of the stand-in for JAWS Site. */
export const JAWS_SITE_SOURCE = join(PACKAGE_DIR, 'src/sandbox/jaws-site');

const MARK = '.jaws-ops-sandbox';

/** Where everything of one sandbox is kept. */
export interface Folder {
  readonly dir: string;
  readonly lock: string;
  readonly config: string;
  readonly runbooks: string;
  readonly secrets: string;
  readonly wheels: string;
  readonly redis: string;
  readonly identity: string;
  /** Key that is of use only with its certificate, signed by the user CA that some sites trust. */
  readonly certified: string;
  readonly userCa: string;
  readonly knownHosts: string;
  /** Folder of one site: files/ (its persistent trees), ssh/ (its host keys), log/, root/ (mount point). */
  site(name: string): string;
}

export function folderAt(dir: string): Folder {
  return {
    dir,
    lock: join(dir, 'sandbox.lock'),
    config: join(dir, 'config'),
    runbooks: join(dir, 'runbooks'),
    secrets: join(dir, 'secrets.yaml'),
    wheels: join(dir, 'wheels'),
    redis: join(dir, 'redis'),
    identity: join(dir, 'ssh', 'operator_ed25519'),
    certified: join(dir, 'ssh', 'sshproxy_ed25519'),
    userCa: join(dir, 'ssh', 'user_ca'),
    knownHosts: join(dir, 'ssh', 'known_hosts'),
    site: (name) => join(dir, 'sites', name),
  };
}

/** The sandbox folder of a process: $JAWS_OPS_SANDBOX, or `.sandbox` in the project. */
export function defaultFolder(env: NodeJS.ProcessEnv): string {
  return env['JAWS_OPS_SANDBOX'] || join(PACKAGE_DIR, '.sandbox');
}

/**
 * Makes the folder, or accepts one that was made here before.
 * @throws OpsError `usage.argument` for a folder with other things in it: a sandbox writes, chowns and removes.
 */
export function openFolder(dir: string): Folder {
  const folder = folderAt(dir);
  if (existsSync(dir)) {
    if (!statSync(dir).isDirectory()) throw new OpsError('usage.argument', `${dir}: is not a folder`);
    if (!existsSync(join(dir, MARK)) && readdirSync(dir).length > 0) {
      throw new OpsError('usage.argument', `${dir}: is not empty and not a sandbox folder`, {
        next: 'Name an empty or new folder for the sandbox.',
      });
    }
  }
  mkdirSync(dir, { recursive: true });
  chmodSync(dir, 0o700);
  writeFileSync(join(dir, MARK), 'Made by jaws-ops sandbox; may be removed while no sandbox runs in it.\n');
  for (const inner of [folder.config, folder.redis, dirname(folder.identity)])
    mkdirSync(inner, { recursive: true });
  return folder;
}
