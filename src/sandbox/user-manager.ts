import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BootFile } from './site-etc.ts';
import type { Account } from './site-spec.ts';

/** Control groups of all sites of all sandboxes are below this one. */
const TOP = 'jaws-ops-sandbox';

/** Control group of the site in a folder, below the root of the hierarchy; the same at every start. */
export function cgroupOf(dir: string): string {
  return `${TOP}/${createHash('sha256').update(dir).digest('hex').slice(0, 16)}`;
}

/** A program as boot.ts starts one, which listens on Unix sockets. */
interface SocketPart {
  readonly name: string;
  readonly argv: readonly string[];
  readonly listens: readonly string[];
}

/** The journal of a site and the systemd of its service account. */
export function userManagerParts({ name, uid, gid, home }: Account): readonly SocketPart[] {
  return [
    {
      name: 'journal',
      argv: ['/usr/lib/systemd/systemd-journald'],
      listens: ['/run/systemd/journal/stdout'],
    },
    {
      name: 'user-manager',
      argv: ['/bin/sh', '/opt/stand-in/user-manager.sh', name, `${uid}`, `${gid}`, home],
      listens: [`/run/user/${uid}/systemd/private`],
    },
  ];
}

/** Folders of programs that this machine's packages (gpg, for one) have every systemd of an account run at its start. */
const GENERATORS = ['/usr/lib/systemd/user-generators', '/usr/lib/systemd/user-environment-generators'];

/** Shows the site none of those programs: no part of it has asked for them. @param empty an empty folder. */
export function withoutGenerators(
  empty: string,
): readonly { readonly source: string; readonly target: string; readonly readOnly: boolean }[] {
  return GENERATORS.filter((path) => existsSync(path)).map((target) => ({
    source: empty,
    target,
    readOnly: true,
  }));
}

/** What tells that the account lingers, and what the journal needs. */
export function userManagerFiles({ name }: Account): readonly BootFile[] {
  const machineId = createHash('sha256').update(name).digest('hex').slice(0, 32);
  return [
    { path: `/var/lib/systemd/linger/${name}`, mode: '644', content: '' },
    // journalctl reads the journal of an account from the disk only, where journald writes once this file is there.
    { path: '/run/systemd/journal/flushed', mode: '644', content: '' },
    { path: '/etc/machine-id', mode: '444', content: `${machineId}\n` },
    {
      path: '/etc/systemd/journald.conf',
      mode: '644',
      content: '[Journal]\nStorage=persistent\nSystemMaxUse=32M\nRateLimitBurst=0\nReadKMsg=no\nAudit=no\n',
    },
  ];
}

/**
 * Removes the control group of a site whose processes are gone.
 * @returns false while the kernel still counts one of them in it
 */
export function removeCgroup(path: string): boolean {
  const mount = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .find((fields) => fields[fields.indexOf('-') + 1] === 'cgroup2')?.[4];
  if (mount === undefined) return true;
  try {
    removeBelow(join(mount, path));
    return true;
  } catch {
    return !existsSync(join(mount, path));
  }
}

function removeBelow(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeBelow(join(folder, entry.name));
  rmdirSync(folder);
}
