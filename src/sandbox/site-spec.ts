import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { OpsError } from '../core/errors.ts';
import { type Place, placeOf } from './places.ts';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

export interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** A folder that survives reboots of the site and restarts of the sandbox. */
export interface Tree {
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** What a site of the sandbox is made of; derived from the site's configuration file. */
export interface SiteSpec {
  readonly name: string;
  /** Loopback address of its sshd, one per site, e.g. `127.0.0.12`. */
  readonly address: string;
  readonly hostname: string;
  /** The account that JAWS runs as. */
  readonly service: Account;
  /** The account that ssh logs in to: the service account, or one that may become it with sudo. */
  readonly login: Account;
  readonly groups: readonly Group[];
  /** Whether its sshd lets in certificates of the user CA, and no plain key. */
  readonly certificates: boolean;
  readonly trees: readonly Tree[];
  /** The host behind the gateway, when the way to the site has one. */
  readonly inner?: { readonly names: readonly string[]; readonly port: number };
  readonly mysql: { readonly host: string; readonly port: number };
  readonly rabbitmq: { readonly host: string; readonly port: number };
  /** Further names that mean the site itself. */
  readonly aliases: readonly string[];
  /** Modules that `module load` knows. */
  readonly modules: readonly string[];
  /** Name of the Python that the site's configuration asks for. */
  readonly python: string;
  /** Whether a systemd of the service account's own runs, as at a site whose account lingers. */
  readonly userManager: boolean;
  /** A Slurm of the site's own, where services run as its jobs. */
  readonly slurm?: { readonly tsigKey: string };
  /** Proxy that is the site's only way to the image registry; absent where there is a direct one. */
  readonly proxy?: string;
  readonly place: Place;
}

const hop = z.looseObject({ host: z.string(), port: z.number().default(22), user: z.string() });
const siteFile = z.looseObject({
  access: hop.extend({
    transport: z.string().optional(),
    become: z.string().optional(),
    jumps: z.array(hop).default([]),
    expect: z.looseObject({ hostname: z.string().optional() }).default({}),
  }),
  launcher: z.looseObject({ kind: z.string() }).optional(),
  installer: z.looseObject({ environment: z.record(z.string(), z.string()).default({}) }).optional(),
  env: z.record(z.string(), z.coerce.string()).default({}),
});
const layerFile = z.looseObject({ env: z.record(z.string(), z.coerce.string()).default({}) });

/** First of the uids and gids used at sites: far from those of people and packages. */
const FIRST_ID = 61_000;
const IDS_PER_SITE = 20;
/** Fixed places for the sites of JAWS, so that a kept folder stays owned by the same accounts; others follow. */
const ORDER = ['assembly', 'aws', 'dori', 'jgi', 'nmdc', 'perlmutter', 'tahoma'];

/**
 * Describes the sandbox's sites from a configuration folder.
 * @throws OpsError `config.file` for a file that cannot be used.
 */
export function siteSpecs(configDir: string): readonly SiteSpec[] {
  const defaults = read(join(configDir, 'defaults.yaml'), layerFile).env;
  const names = readdirSync(join(configDir, 'sites'))
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => basename(file, '.yaml'))
    .sort();
  const order = [...ORDER, ...names.filter((name) => !ORDER.includes(name))];
  return names.map((name) => {
    const { access, env, launcher, installer } = read(join(configDir, 'sites', `${name}.yaml`), siteFile);
    const proxy = installer?.environment['HTTPS_PROXY'];
    const spec = describe(name, order.indexOf(name), access, { ...defaults, ...env });
    return {
      ...spec,
      userManager: launcher?.kind === 'systemd',
      ...(proxy === undefined ? {} : { proxy }),
      ...(launcher?.kind === 'scrontab'
        ? { slurm: { tsigKey: atHome(spec.service, env['TSIGPATH'] ?? '') }, aliases: [] }
        : {}),
    };
  });
}

function atHome({ home }: Account, path: string): string {
  return path.replace(/^(?:~|\$HOME|\$\{HOME\})(?=\/)/, home);
}

function describe(
  name: string,
  index: number,
  access: z.output<typeof siteFile>['access'],
  env: Readonly<Record<string, string>>,
): Omit<SiteSpec, 'userManager'> {
  const base = FIRST_ID + index * IDS_PER_SITE;
  const serviceName = access.become ?? access.user;
  const place = placeOf(name, serviceName);
  const groupName = env['JAWS_GROUP'] || serviceName;
  const service: Account = { name: serviceName, uid: base, gid: base, home: place.home };
  const login: Account =
    access.user === serviceName
      ? service
      : { name: access.user, uid: base + 1, gid: base + 1, home: `/home/${access.user}` };
  const groups: Group[] = [{ name: groupName, gid: base, members: [serviceName] }];
  if (login !== service) groups.push({ name: login.name, gid: base + 1, members: [login.name] });
  const users = env['JAWS_USERS_GROUP'];
  if (users && !groups.some((group) => group.name === users)) {
    groups.push({ name: users, gid: base + 2, members: [serviceName] });
  }
  const own = { uid: service.uid, gid: service.gid, mode: 0o755 };
  const install = env['JAWS_INSTALL_BASEDIR'];
  const trees = [
    { path: service.home, ...own },
    { path: login.home, uid: login.uid, gid: login.gid, mode: 0o755 },
    ...[
      install?.slice(0, install.lastIndexOf('/')),
      env['JAWS_SCRATCH_BASEDIR'],
      env['JAWS_REF_DATA_DIR'],
      env['JAWS_BIG_SCRATCH_DIR'],
      env['JAWS_FAST_SCRATCH_DIR'],
    ]
      .filter((path): path is string => path?.startsWith('/') === true && path !== '/')
      .map((path) => ({ path, ...own })),
  ];
  const load = /^module load (\S+)$/.exec(env['JAWS_LOAD_PYTHON'] ?? '')?.[1];
  const dns = env['JAWS_PERLMUTTER']
    ? ['dev', 'staging', 'prod'].map((d) => `${name}-${d}.jaws.dyn.jgi.doe.gov`)
    : [];
  const [, ...further] = access.jumps;
  return {
    name,
    address: `127.0.0.${11 + index}`,
    hostname: place.hostname ?? hostnameFor(access.expect.hostname, name),
    service,
    login,
    groups,
    certificates: access.transport === 'openssh',
    trees,
    ...(access.jumps.length > 0
      ? { inner: { names: [...further.map((next) => next.host), access.host], port: access.port } }
      : {}),
    mysql: { host: env['JAWS_DB_HOST'] || 'localhost', port: Number(env['JAWS_DB_PORT'] || 3306) },
    rabbitmq: { host: env['JAWS_RMQ_HOST'] || 'localhost', port: Number(env['JAWS_RMQ_PORT'] || 5672) },
    aliases: dns,
    modules: load === undefined ? [] : [load, 'python'],
    python: env['JAWS_PYTHON'] || 'python3',
    place,
  };
}

/** A host name that the expected pattern matches. */
function hostnameFor(pattern: string | undefined, name: string): string {
  return pattern === undefined
    ? `${name}-login1`
    : pattern.replaceAll(/\[(.)[^\]]*\]/g, '$1').replaceAll(/[*?]/g, '1');
}

function read<T>(path: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(parse(readFileSync(path, 'utf8')) ?? {});
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new OpsError('config.file', `${path}: ${why}`, { cause });
  }
}
