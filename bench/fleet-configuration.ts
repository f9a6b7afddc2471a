import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';

const CONFIG = fileURLToPath(new URL('../config', import.meta.url));
const DEPLOYMENTS = ['dev', 'staging', 'prod'];
const PORTS = ['SUPERVISOR', 'CROMWELL', 'AUTH', 'REST'];
/** No two sites share a login when their settings differ, so each waits a little longer for signs of life. */
const KEEPALIVE_MS = 30_000;
/** Never made: what is asked of a fleet changes nothing. */
const FOLDERS = '/srv/jaws-ops-fleet';

/** Where and how sites are logged in to. */
export interface SshServer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly identityFile: string;
  readonly knownHostsFile: string;
}

/** A configuration of made-up sites. */
export interface FleetConfiguration {
  readonly configDir: string;
  readonly secretsFile: string;
  readonly sites: readonly string[];
}

/** Names of so many made-up sites; each has a channel of the same name. */
export const fleetNames = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `site${String(i + 1).padStart(3, '0')}`);

/**
 * Writes a configuration with so many sites of three deployments each, spread over a few servers. Each site is its own
 * login and has its own folders and ports. The given people (Slack ids), or all, may do everything.
 */
export function writeFleet(
  dir: string,
  count: number,
  servers: readonly SshServer[],
  people: readonly string[],
): FleetConfiguration {
  const configDir = join(dir, 'config');
  rmSync(configDir, { recursive: true, force: true });
  cpSync(CONFIG, configDir, { recursive: true });
  rmSync(join(configDir, 'sites'), { recursive: true });
  mkdirSync(join(configDir, 'sites'));
  const like = readFileSync(join(CONFIG, 'sites', 'aws.yaml'), 'utf8');
  const wheel = join(dir, 'jaws_site-{version}-py3-none-any.whl');
  writeFileSync(wheel.replace('{version}', '2.5.4'), '');
  const sites = fleetNames(count);
  for (const [i, name] of sites.entries()) {
    const server = servers[i % servers.length];
    if (server === undefined) throw new RangeError('a fleet needs an sshd');
    const { host, port, user, identityFile, knownHostsFile } = server;
    const site = parseDocument(like);
    site.set('title', name);
    site.set('channel', `#${name}`);
    site.setIn(['installer', 'source'], { wheel });
    site.set('access', {
      ...{ host, port, user, identityFile, knownHostsFile },
      connectTimeoutMs: 60_000,
      keepaliveMs: KEEPALIVE_MS + i,
    });
    const env: Record<string, string | number> = {
      JAWS_INSTALL_BASEDIR: join(FOLDERS, name, 'install'),
      JAWS_GROUP: user,
      JAWS_USERS_GROUP: user,
      JAWS_PYTHON: '/usr/bin/python3',
      JAWS_DB_HOST: host,
      JAWS_DB_PORT: port,
      JAWS_RMQ_HOST: host,
      JAWS_RMQ_PORT: port,
    };
    for (const [d, deployment] of DEPLOYMENTS.entries())
      for (const [p, family] of PORTS.entries())
        env[`JAWS_${family}_PORT_${deployment.toUpperCase()}`] = 20_000 + i * 12 + d * 4 + p;
    for (const [key, value] of Object.entries(env)) site.setIn(['env', key], value);
    writeFileSync(join(configDir, 'sites', `${name}.yaml`), site.toString());
  }
  const policy = parseDocument(readFileSync(join(configDir, 'policy.yaml'), 'utf8'));
  const who = people.length > 0 ? { users: [...people] } : { everyone: true };
  policy.set('approvals', []);
  policy.set('rules', [{ ...who, rights: ['read', 'operate', 'deploy', 'approve'] }]);
  writeFileSync(join(configDir, 'policy.yaml'), policy.toString());
  const secretsFile = join(dir, 'secrets.yaml');
  writeFileSync(secretsFile, JSON.stringify({ default: SECRETS }), { mode: 0o600 });
  return { configDir, secretsFile, sites };
}

/** Every secret that a target of the shipped configuration refers to. */
export const SECRET_NAMES: readonly string[] = [
  'JAWS_DB_PW',
  'JAWS_RMQ_PW',
  'JAWS_SUPERVISORD_PW',
  'JAWS_GLOBUS_CLIENT_SECRET',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
];

const SECRETS = Object.fromEntries(SECRET_NAMES.map((name) => [name, `of-${name}`]));
