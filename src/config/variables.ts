import { DEPLOYMENTS } from '../core/target.ts';
import * as t from './value-types.ts';

/** A JAWS variable that a layer may set. */
export interface Variable {
  readonly name: string;
  readonly type: t.ValueType;
  readonly description: string;
  /** Must be defined for every target; empty counts as defined where the type allows it. */
  readonly required: boolean;
}

const required = (name: string, type: t.ValueType, description: string): Variable => ({
  name,
  type,
  description,
  required: true,
});
const optional = (name: string, type: t.ValueType, description: string): Variable => ({
  name,
  type,
  description,
  required: false,
});

/** Services of a deployment that listen on a port of the site's host. */
export const PORT_FAMILIES = [
  { family: 'SUPERVISOR', purpose: 'supervisord' },
  { family: 'AUTH', purpose: 'JAWS Central auth' },
  { family: 'REST', purpose: 'JAWS Central REST' },
  { family: 'CROMWELL', purpose: 'the Cromwell server' },
] as const;
export type PortFamily = (typeof PORT_FAMILIES)[number]['family'];

/** `JAWS_CROMWELL_PORT_PROD`: the variable that holds a family's port of one deployment. */
export function portVariable(family: PortFamily, deployment: string): string {
  return `JAWS_${family}_PORT_${deployment.toUpperCase()}`;
}

const ports: readonly Variable[] = DEPLOYMENTS.flatMap((deployment) =>
  PORT_FAMILIES.map(({ family, purpose }) =>
    optional(portVariable(family, deployment), t.port, `Port of ${purpose} in ${deployment}`),
  ),
);

const queueWait: readonly Variable[] = ['SMALL', 'MEDIUM', 'LARGE', 'XLARGE'].map((size) =>
  optional(
    `JAWS_QUEUE_WAIT_${size}`,
    t.orEmpty(t.command),
    `sbatch command that asks Slurm for the start of a job of size ${size}`,
  ),
);

/** Every variable that may stand under `env:`, in the order of the reference. */
export const VARIABLES: readonly Variable[] = [
  required(
    'JAWS_SITE_VERSION',
    t.version,
    'Version of JAWS Site that a deploy installs unless it names another',
  ),
  required(
    'JAWS_LOG_LEVEL',
    t.oneOf('DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'),
    'Level of the services’ logs',
  ),

  required(
    'JAWS_INSTALL_BASEDIR',
    t.installBase,
    'Base folder under which each deployment gets its install folder',
  ),
  required('JAWS_SCRATCH_BASEDIR', t.scratchBase, 'Base of the scratch folders, or of the S3 buckets'),
  required('JAWS_REF_DATA_DIR', t.orEmpty(t.sitePath), 'Folder of the reference databases'),
  optional('JAWS_FAST_SCRATCH_DIR', t.orEmpty(t.sitePath), 'Folder of the fast scratch file system'),
  optional('JAWS_BIG_SCRATCH_DIR', t.orEmpty(t.sitePath), 'Folder of the big scratch file system'),

  required('JAWS_GROUP', t.group, 'Group of the JAWS account; owns the folders'),
  required(
    'JAWS_USERS_GROUP',
    t.orEmpty(t.group),
    'Group that all users are in; empty opens the folders to others',
  ),
  optional(
    'JAWS_ACCESS_GROUP',
    t.orEmpty(t.word),
    'JAWS group whose members may use the site; everyone when empty',
  ),
  required('JAWS_SETFACL', t.toggle, 'Whether ACLs can be set on the file system'),
  required('JAWS_SITE_INPUT_FOLDER_PERMS', t.octal, 'Mode of the scratch and inputs folders'),
  required('JAWS_OUTPUT_FILE_PERMS', t.octal, 'Mode that JAWS gives output files'),
  required('JAWS_OUTPUT_FOLDER_PERMS', t.octal, 'Mode that JAWS gives output folders'),
  required(
    'JAWS_FILE_SYNC_DELAY_SEC',
    t.range(0, 86_400, 'seconds'),
    'Time the file system needs to show new files',
  ),

  required(
    'JAWS_LOAD_PYTHON',
    t.orEmpty(t.command),
    'Command that loads Python, e.g. `module load python/3.11`',
  ),
  required('JAWS_PYTHON', t.executable, 'Python program that makes the venvs'),
  optional('JAWS_APPTAINER_PATH', t.orEmpty(t.sitePath), 'Apptainer program, absolute'),
  optional('CI_REGISTRY', t.orEmpty(t.registry), 'Registry of the images of JAWS Site'),
  optional('OCI_RUNTIME', t.orEmpty(t.word), 'Container runtime of the site'),
  optional('JAWS_CONTAINER_TYPE', t.word, 'Kind of container that workflows use'),
  required('JAWS_DEFAULT_CONTAINER', t.image, 'Image of tasks that name none'),

  required('JAWS_MAX_RAM_GB', t.range(1, 65_536, 'GB'), 'Most memory a task can ask for'),
  optional('JAWS_MAX_CPU', t.range(1, 4096, 'CPUs'), 'Most CPUs a task can ask for'),
  optional('JAWS_MAX_TIME', t.range(10, 43_200, 'minutes'), 'Longest time a task can ask for'),
  required('JAWS_MAX_USER_ACTIVE_RUNS', t.range(1, 1_000_000), 'Most runs one user can have active'),

  required('JAWS_GLOBUS_EP', t.orEmpty(t.uuid), 'Globus endpoint of the site'),
  required('JAWS_GLOBUS_HOST_PATH', t.orEmpty(t.path), 'Folder that the Globus endpoint shows as its root'),

  required('JAWS_DB_HOST', t.host, 'Host of the MySQL database'),
  required('JAWS_DB_PORT', t.port, 'Port of the MySQL database'),
  required('JAWS_RMQ_HOST', t.host, 'Host of the RabbitMQ server'),
  required('JAWS_RMQ_PORT', t.port, 'Port of the RabbitMQ server'),
  required('JAWS_RMQ_TTL', t.range(0, 2_147_483_647, 'milliseconds'), 'Lifetime of messages in RabbitMQ'),
  required('JAWS_RPC_SERVER_NUM_THREADS', t.range(1, 1024), 'Threads of the RPC server'),
  required(
    'JAWS_GET_METADATA_MAX_RETRIALS',
    t.range(0, 1000),
    'Retries when Cromwell’s metadata cannot be read',
  ),
  required('JAWS_GET_METADATA_WAIT_SEC', t.range(0, 86_400, 'seconds'), 'Wait between these retries'),
  optional('JAWS_CENTRAL_HOST', t.url, 'URL of JAWS Central'),
  optional('JAWS_DOCS_URL', t.url, 'URL of the JAWS documentation'),

  optional(
    'JAWS_PERLMUTTER',
    t.oneOf('', '1'),
    'Services run in a Slurm job and are found by a dynamic DNS name',
  ),
  optional('TSIGPATH', t.orEmpty(t.sitePath), 'TSIG key file with which the DNS name is updated'),
  optional(
    'JAWS_SITE_DNS_NAME',
    t.orEmpty(t.host),
    'DNS name of the site; derived where JAWS_PERLMUTTER is set',
  ),
  optional(
    'JAWS_SUPERVISOR_NODAEMON',
    t.oneOf('true', 'false'),
    'Always derived; what a layer says is overruled',
  ),
  ...ports,

  optional('JAWS_GITLAB_RUNNER', t.orEmpty(t.sitePath), 'Program of the GitLab runner'),
  optional('JAWS_GITLAB_RUNNER_CONFIG', t.orEmpty(t.sitePath), 'Configuration file of the GitLab runner'),
  optional('JAWS_PERFORMANCE_METRICS_SCRIPT', t.orEmpty(t.sitePath), 'Script of the performance metrics'),
  optional('JAWS_PERFORMANCE_METRICS_DIR', t.orEmpty(t.sitePath), 'Folder of the performance metrics'),
  optional(
    'JAWS_PERFORMANCE_METRICS_CLEANUP',
    t.range(0, 31_536_000, 'seconds'),
    'Age at which performance metrics are removed',
  ),
  ...queueWait,
];

/** A secret of a target. Secrets never stand in these layers; see the secrets file. */
export interface SecretVariable {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
}

export const SECRETS: readonly SecretVariable[] = [
  { name: 'JAWS_DB_PW', required: true, description: 'Password of the database user `jaws`' },
  { name: 'JAWS_RMQ_PW', required: true, description: 'Password of the RabbitMQ user `jaws`' },
  { name: 'JAWS_SUPERVISORD_PW', required: true, description: 'Password of supervisord’s user `jaws`' },
  { name: 'JAWS_GLOBUS_CLIENT_SECRET', required: false, description: 'Secret of the Globus client' },
  { name: 'AWS_ACCESS_KEY_ID', required: false, description: 'Access key of the S3 buckets' },
  { name: 'AWS_SECRET_ACCESS_KEY', required: false, description: 'Secret key of the S3 buckets' },
  { name: 'CI_REGISTRY_USER', required: false, description: 'Account that pulls images' },
  { name: 'CI_REGISTRY_PASSWORD', required: false, description: 'Password of the account that pulls images' },
];
