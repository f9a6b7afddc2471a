import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { DEPLOYMENTS } from '../core/target.ts';
import type { Credentials } from './boot.ts';

const names = z.record(z.string(), z.string());
const layers = z.record(z.string(), names).default({});
const fileSchema = z.object({
  default: names.default({}),
  deployments: layers,
  sites: layers,
  targets: layers,
});

/** A secrets file with literal values only. */
export type SandboxSecrets = z.output<typeof fileSchema>;

/**
 * Throwaway secrets: each can be recognised wherever it turns up, and is as awkward as its readers allow
 * (INI with `%` and `$NAME`, supervisor's INI, an environment file, HTTP basic authentication).
 */
export function throwawaySecrets(): SandboxSecrets {
  const mark = (name: string) => `${name}-${randomBytes(6).toString('hex')}`;
  return {
    default: {
      JAWS_DB_PW: `${mark('db')} 50%(x)s "q" it's \\back $- ~&|<>`,
      JAWS_SUPERVISORD_PW: `${mark('sv')} 100% "q" it's \\back\\ =#;`,
      JAWS_GLOBUS_CLIENT_SECRET: `${mark('globus')}+/=`,
      AWS_ACCESS_KEY_ID: mark('AKIA'),
      AWS_SECRET_ACCESS_KEY: `${mark('aws')}/+%2F=`,
      CI_REGISTRY_USER: mark('registry-user'),
      CI_REGISTRY_PASSWORD: `${mark('registry')} $x "q" it's \\back %`,
    },
    deployments: Object.fromEntries(
      DEPLOYMENTS.map((deployment) => [deployment, { JAWS_RMQ_PW: `${mark(`rmq-${deployment}`)} %%d #;'"` }]),
    ),
    sites: {},
    targets: {},
  };
}

/** The secrets of a sandbox folder, made at first and kept: running supervisords know theirs. Mode 0600. */
export function secretsAt(path: string): SandboxSecrets {
  if (!existsSync(path)) writeSecrets(path, throwawaySecrets());
  chmodSync(path, 0o600);
  return fileSchema.parse(parse(readFileSync(path, 'utf8')));
}

/** Writes a secrets file, mode 0600. */
export function writeSecrets(path: string, secrets: SandboxSecrets): void {
  writeFileSync(path, stringify(secrets), { mode: 0o600 });
}

/** One secret of a target: the narrowest layer wins. */
export function secretOf(
  secrets: SandboxSecrets,
  site: string,
  deployment: string,
  name: string,
): string | undefined {
  return (
    secrets.targets[`${site}-${deployment}`]?.[name] ??
    secrets.sites[site]?.[name] ??
    secrets.deployments[deployment]?.[name] ??
    secrets.default[name]
  );
}

/** What a site's stand-in servers expect of its services, and the registry of those who pull. Source of user, database and vhost: jaws-site.conf. */
export function credentialsOf(secrets: SandboxSecrets, site: string): Credentials {
  const mysql: Record<string, string> = {};
  const rabbitmq: Record<string, string> = {};
  const registry: Record<string, string> = {};
  for (const deployment of DEPLOYMENTS) {
    const db = secretOf(secrets, site, deployment, 'JAWS_DB_PW');
    const rmq = secretOf(secrets, site, deployment, 'JAWS_RMQ_PW');
    if (db !== undefined) mysql[`jaws jaws_${site}_${deployment}`] = db;
    if (rmq !== undefined) rabbitmq[`jaws jaws_${deployment}`] = rmq;
    const user = secretOf(secrets, site, deployment, 'CI_REGISTRY_USER');
    const password = secretOf(secrets, site, deployment, 'CI_REGISTRY_PASSWORD');
    if (user !== undefined && password !== undefined) registry[user] = password;
  }
  return { mysql, rabbitmq, registry };
}
