import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { OpsError } from '../core/errors.ts';
import { apptainerFiles } from './apptainer.ts';
import { SITE_PROGRAMS } from './folder.ts';
import type { QuickPip } from './quick-pip.ts';
import { type BootFile, CREDENTIALS, INNER_ADDRESS, type LoginKeys, siteFiles } from './site-etc.ts';
import type { SiteSpec } from './site-spec.ts';
import { slurmPlan } from './slurm.ts';
import { cgroupOf, userManagerFiles, userManagerParts, withoutGenerators } from './user-manager.ts';

/** A program that a site runs from boot on. */
export interface Part {
  readonly name: string;
  readonly argv: readonly string[];
  /** Addresses and ports, or Unix sockets, inside the site it must listen on before the site counts as up. */
  readonly listens: readonly (readonly [string, number] | string)[];
}

/** What site/init.py makes a site from. Paths of `binds[].source` and `root` are outside, all others inside. */
export interface SiteBoot {
  readonly root: string;
  readonly hostname: string;
  /** Control group of the site below the root of the machine's hierarchy; none when the site needs none. */
  readonly cgroup?: string;
  readonly dirs: readonly { readonly path: string; readonly mode: string }[];
  readonly files: readonly BootFile[];
  readonly links: readonly { readonly path: string; readonly target: string }[];
  readonly binds: readonly { readonly source: string; readonly target: string; readonly readOnly: boolean }[];
  readonly parts: readonly Part[];
}

/** Passwords that the stand-in servers of a site expect, by kind and by `USER DATABASE`, `USER VHOST` or `USER`. */
export type Credentials = Readonly<
  Record<'mysql' | 'rabbitmq' | 'registry', Readonly<Record<string, string>>>
>;

export interface BootInput {
  readonly spec: SiteSpec;
  /** The site's own folder in the sandbox. */
  readonly dir: string;
  readonly wheels: string;
  readonly pip: QuickPip;
  readonly keys: LoginKeys;
  readonly credentials: Credentials;
}

/** Top folders of a Linux system that no site's own folders may take the place of. */
const TAKEN = [
  'bin',
  'boot',
  'dev',
  'etc',
  'lib',
  'lib32',
  'lib64',
  'libx32',
  'proc',
  'root',
  'run',
  'sbin',
  'sys',
  'tmp',
  'usr',
  'var',
];
/** What a site takes from the machine's /etc: facts of its installed software, nothing of its people. */
const SHARED_ETC = [
  'alternatives',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'localtime',
  'login.defs',
  'protocols',
  'services',
  'security',
  'locale.alias',
  'ssl',
];

/** Describes the next boot of a site, and makes the folders that survive it. */
export function planBoot(input: BootInput): SiteBoot {
  const { spec, dir } = input;
  const tops = makeTrees(spec, join(dir, 'files'));
  const root = join(dir, 'root');
  mkdirSync(root, { recursive: true });
  const rootEntries = TAKEN.filter((name) => /^(bin|sbin|lib\w*)$/.test(name) && existsSync(`/${name}`));
  const linked = rootEntries.filter((name) => isLink(`/${name}`));
  const ssh = join(dir, 'ssh');
  const slurm = spec.slurm && slurmPlan(spec.name, spec.hostname, spec.service, spec.slurm.tsigKey);
  return {
    root,
    hostname: spec.hostname,
    ...(spec.userManager ? { cgroup: cgroupOf(dir) } : {}),
    binds: [
      { source: '/usr', target: '/usr', readOnly: true },
      ...rootEntries.filter((name) => !linked.includes(name)).map((name) => shared(`/${name}`)),
      ...tops.map((top) => ({ source: join(dir, 'files', top), target: `/${top}`, readOnly: false })),
      ...[...SHARED_ETC, ...pythonFolders()]
        .map((name) => `/etc/${name}`)
        .filter((path) => existsSync(path))
        .map(shared),
      { source: input.wheels, target: '/opt/jaws-wheels', readOnly: true },
      { source: input.pip.folder, target: input.pip.replaces, readOnly: true },
      { source: join(ssh, 'host_ed25519'), target: '/etc/ssh/host_ed25519', readOnly: true },
      ...(spec.inner
        ? [{ source: join(ssh, 'inner_ed25519'), target: '/etc/ssh/inner_ed25519', readOnly: true }]
        : []),
      { source: SITE_PROGRAMS, target: '/opt/stand-in', readOnly: true },
      ...(spec.userManager ? withoutGenerators(emptyIn(dir)) : []),
    ],
    dirs: [
      { path: '/root', mode: '700' },
      { path: '/tmp', mode: '1777' },
      { path: '/run/sshd', mode: '755' },
      { path: '/run/lock', mode: '1777' },
      { path: '/run/user', mode: '755' },
      { path: '/run/stand-in', mode: '700' },
      { path: '/var/tmp', mode: '1777' },
      { path: '/var/log', mode: '755' },
      { path: '/var/lib', mode: '755' },
      { path: '/var/spool', mode: '755' },
      // Crontabs are kept until the next boot; no cron daemon runs them.
      { path: '/var/spool/cron', mode: '755' },
      { path: '/var/spool/cron/crontabs', mode: '1777' },
      { path: '/etc/sudoers.d', mode: '755' },
      { path: '/sys', mode: '555' },
      ...(slurm?.dirs ?? []),
    ],
    links: [
      ...linked.map((name) => ({ path: `/${name}`, target: readlinkSync(`/${name}`) })),
      { path: '/var/run', target: '/run' },
      ...spec.place.links,
      ...(slurm?.links ?? []),
    ],
    files: [
      ...siteFiles(spec, input.keys),
      ...(spec.userManager ? userManagerFiles(spec.service) : []),
      ...(slurm?.files ?? []),
      ...apptainerFiles(spec, input.credentials.registry),
      { path: CREDENTIALS, mode: '600', content: JSON.stringify(input.credentials) },
      { path: '/run/boot_id', mode: '444', content: `${randomUUID()}\n` },
    ],
    parts: [...partsOf(spec), ...(slurm?.parts ?? [])],
  };
}

function emptyIn(dir: string): string {
  const empty = join(dir, 'empty');
  mkdirSync(empty, { recursive: true });
  return empty;
}

function partsOf(spec: SiteSpec): readonly Part[] {
  const { mysql, rabbitmq, inner } = spec;
  return [
    {
      name: 'stand-in-servers',
      argv: [
        '/usr/bin/python3',
        '-I',
        '-S',
        '/opt/stand-in/servers.py',
        CREDENTIALS,
        `${mysql.port}`,
        `${rabbitmq.port}`,
      ],
      listens: [
        ['127.0.0.1', mysql.port],
        ['127.0.0.1', rabbitmq.port],
      ],
    },
    ...(spec.userManager ? userManagerParts(spec.service) : []),
    ...(inner
      ? [
          {
            name: 'inner-sshd',
            argv: ['/usr/sbin/sshd', '-D', '-e', '-f', '/etc/ssh/inner_config'],
            listens: [[INNER_ADDRESS, inner.port]] as const,
          },
        ]
      : []),
  ];
}

/** Makes the persistent folders with their owners. @returns the top folders to bind. */
function makeTrees(spec: SiteSpec, files: string): readonly string[] {
  const tops = new Set<string>();
  // Outer folders first: only a folder that is not there yet gets an owner.
  for (const tree of spec.trees.toSorted((a, b) => a.path.length - b.path.length)) {
    const [, top = ''] = tree.path.split('/');
    if (TAKEN.includes(top) || tree.path.split('/').includes('..')) {
      throw new OpsError(
        'config.key',
        `${spec.name}: ${tree.path}: a sandbox cannot have a site's folder there`,
      );
    }
    tops.add(top);
    const path = join(files, tree.path);
    const missing = !existsSync(path);
    mkdirSync(path, { recursive: true, mode: 0o755 });
    if (missing) {
      chownSync(path, tree.uid, tree.gid);
      chmodSync(path, tree.mode);
    }
  }
  for (const link of spec.place.links) tops.add(link.path.split('/')[1] ?? '');
  return [...tops];
}

function pythonFolders(): readonly string[] {
  return readdirSync('/etc').filter((name) => /^python3(\.\d+)?$/.test(name));
}

function shared(path: string): SiteBoot['binds'][number] {
  return { source: path, target: path, readOnly: true };
}

function isLink(path: string): boolean {
  try {
    readlinkSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Writes a boot where init.py reads it; for root's eyes, as it holds passwords. */
export function writeBoot(path: string, boot: SiteBoot): void {
  writeFileSync(path, JSON.stringify(boot), { mode: 0o600 });
  chmodSync(path, 0o600);
  if (statSync(path).uid !== process.getuid?.()) throw new OpsError('internal', `${path}: is not ours`);
}
