import type { FileSpec } from '../core/file.ts';
import type { Word } from '../core/secret.ts';
import type { Target } from '../core/target.ts';

/** Variables of jaws-site.conf and site.env without which no site works; rendering fails when one is not defined. */
const REQUIRED = [
  'JAWS_CROMWELL_PORT',
  'JAWS_DB_HOST',
  'JAWS_DB_PORT',
  'JAWS_DB_PW',
  'JAWS_DEFAULT_CONTAINER',
  'JAWS_DEPLOYMENT_NAME',
  'JAWS_FILE_SYNC_DELAY_SEC',
  'JAWS_GET_METADATA_MAX_RETRIALS',
  'JAWS_GET_METADATA_WAIT_SEC',
  'JAWS_GLOBUS_EP',
  'JAWS_GLOBUS_HOST_PATH',
  'JAWS_MAX_RAM_GB',
  'JAWS_MAX_USER_ACTIVE_RUNS',
  'JAWS_OUTPUT_FILE_PERMS',
  'JAWS_OUTPUT_FOLDER_PERMS',
  'JAWS_RMQ_HOST',
  'JAWS_RMQ_PORT',
  'JAWS_RMQ_PW',
  'JAWS_RMQ_TTL',
  'JAWS_RPC_SERVER_NUM_THREADS',
  'JAWS_SITE_NAME',
] as const;

/** Variables that a site may go without: their keys stay, with nothing after the `=`. */
const OPTIONAL = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'JAWS_ACCESS_GROUP',
  'JAWS_GLOBUS_CLIENT_SECRET',
  'JAWS_MAX_CPU',
  'JAWS_MAX_TIME',
] as const;

/** The files that every site has, whatever starts and installs its services. Both hold secrets. */
export function siteFiles(target: Target): FileSpec[] {
  const data = {
    ...Object.fromEntries(REQUIRED.map((name) => [name, wordOf(target, name)])),
    ...Object.fromEntries(OPTIONAL.map((name) => [name, wordOf(target, name) ?? ''])),
    site: target.site,
    deployment: target.deployment,
    inputs: target.paths.inputs,
    downloads: target.paths.downloads,
    executions: target.paths.executions,
  };
  return [
    { path: `${target.paths.config}/jaws-site.conf`, template: 'site/jaws-site.conf', mode: 0o600, data },
    { path: `${target.paths.config}/site.env`, template: 'site/site.env', mode: 0o600, data },
  ];
}

function wordOf(target: Target, name: string): Word | undefined {
  return target.env.secrets[name] ?? target.env.values[name];
}
