import { type Paths, targetId } from '../core/target.ts';
import { PORT_FAMILIES, portVariable } from './variables.ts';

/** Variables made from others, with what they mean. Where a layer sets one too, the derived value wins. */
export const DERIVED: Readonly<Record<string, string>> = {
  JAWS_SITE_NAME: 'Name of the site: that of its file',
  JAWS_DEPLOYMENT_NAME: 'Name of the deployment',
  ...Object.fromEntries(
    PORT_FAMILIES.map(({ family, purpose }) => [
      `JAWS_${family}_PORT`,
      `Port of ${purpose} in this deployment`,
    ]),
  ),
  JAWS_INSTALL_DIR: 'JAWS_INSTALL_BASEDIR/<site>-<deployment>',
  JAWS_CONFIG_DIR: 'Folder of the configuration files',
  JAWS_BIN_DIR: 'Folder of the shims and images',
  JAWS_LOGS_DIR: 'Folder of the logs',
  JAWS_SUPERVISOR_DIR: 'Folder of supervisord',
  JAWS_VENV_DIR: 'Live venv of JAWS Site',
  JAWS_SCRATCH_DIR: 'Scratch folder, or the S3 bucket whose name carries the deployment once',
  JAWS_INPUTS_DIR: 'Inputs of runs',
  JAWS_DOWNLOADS_DIR: 'Downloads',
  JAWS_CROMWELL_EXECUTIONS_DIR: 'Folder in which Cromwell runs tasks',
  JAWS_GLOBUS_HOST_PATH: 'As set, ending in exactly one slash',
  JAWS_SITE_DNS_NAME: 'Where JAWS_PERLMUTTER is set: <site>-<deployment>.jaws.dyn.jgi.doe.gov',
  JAWS_SUPERVISOR_HOST: 'Address that supervisord listens on',
  JAWS_SUPERVISOR_URL: 'URL under which supervisorctl reaches supervisord',
  JAWS_SUPERVISOR_NODAEMON: 'Whether supervisord stays in the foreground: only inside a Slurm job',
};

/** Domain of the dynamic DNS names of services that run in a Slurm job. */
const DYNAMIC_DOMAIN = 'jaws.dyn.jgi.doe.gov';

/** Values that follow from the layered ones: `values` to lay over them, and the target's paths. */
export function derive(
  site: string,
  deployment: string,
  layered: Readonly<Record<string, string>>,
): { readonly values: Record<string, string>; readonly paths: Paths } {
  const paths = pathsOf(
    site,
    deployment,
    layered['JAWS_INSTALL_BASEDIR'] ?? '',
    layered['JAWS_SCRATCH_BASEDIR'] ?? '',
  );
  const inJob = (layered['JAWS_PERLMUTTER'] ?? '') !== '';
  const dns = inJob
    ? `${targetId(site, deployment)}.${DYNAMIC_DOMAIN}`
    : (layered['JAWS_SITE_DNS_NAME'] ?? '');
  const ports = Object.fromEntries(
    PORT_FAMILIES.flatMap(({ family }) => {
      const port = layered[portVariable(family, deployment)];
      return port === undefined ? [] : [[`JAWS_${family}_PORT`, port]];
    }),
  );
  return {
    paths,
    values: {
      JAWS_SITE_NAME: site,
      JAWS_DEPLOYMENT_NAME: deployment,
      ...ports,
      JAWS_INSTALL_DIR: paths.install,
      JAWS_CONFIG_DIR: paths.config,
      JAWS_BIN_DIR: paths.bin,
      JAWS_LOGS_DIR: paths.log,
      JAWS_SUPERVISOR_DIR: paths.supervisor,
      JAWS_VENV_DIR: paths.venv,
      JAWS_SCRATCH_DIR: paths.scratch,
      JAWS_INPUTS_DIR: paths.inputs,
      JAWS_DOWNLOADS_DIR: paths.downloads,
      JAWS_CROMWELL_EXECUTIONS_DIR: paths.executions,
      JAWS_GLOBUS_HOST_PATH: withSlash(layered['JAWS_GLOBUS_HOST_PATH'] ?? ''),
      JAWS_SITE_DNS_NAME: dns,
      JAWS_SUPERVISOR_HOST: inJob ? '*' : '0.0.0.0',
      JAWS_SUPERVISOR_URL: `http://${inJob ? dns : 'localhost'}:${ports['JAWS_SUPERVISOR_PORT'] ?? ''}`,
      JAWS_SUPERVISOR_NODAEMON: inJob ? 'true' : 'false',
    },
  };
}

/** Every path of a target from its two base folders. */
export function pathsOf(site: string, deployment: string, installBase: string, scratchBase: string): Paths {
  const id = targetId(site, deployment);
  const install = `${withoutSlash(installBase)}/${id}`;
  const scratch = scratchBase.startsWith('s3://')
    ? bucketUrl(scratchBase, deployment)
    : `${withoutSlash(scratchBase)}/${id}`;
  return {
    install,
    config: `${install}/config`,
    bin: `${install}/bin`,
    log: `${install}/log`,
    supervisor: `${install}/supervisor`,
    venv: `${install}/site`,
    venvs: `${install}/venvs`,
    scratch,
    inputs: `${scratch}/inputs`,
    downloads: `${scratch}/downloads`,
    executions: `${scratch}/cromwell-executions`,
    ops: `${install}/.jaws-ops`,
  };
}

/** The bucket of a deployment: its name carries the deployment, which is added only where it is not there yet. */
export function bucketUrl(base: string, deployment: string): string {
  const [bucket = '', ...prefix] = withoutSlash(base).slice('s3://'.length).split('/');
  const own = bucket.split('-').includes(deployment) ? bucket : `${bucket}-${deployment}`;
  return `s3://${[own, ...prefix].join('/')}`;
}

/** The path with exactly one slash at its end. */
export function withSlash(path: string): string {
  return `${withoutSlash(path)}/`;
}

function withoutSlash(path: string): string {
  return path.replace(/\/+$/, '');
}
