import type { Deployment } from './deployment.ts';
import type { Secret, Word } from './secret.ts';
import type { Service } from './service.ts';
import type { SiteCommand } from './site-command.ts';
import type { Cleanup, Runner } from './upkeep.ts';

export { DEPLOYMENTS, type Deployment } from './deployment.ts';

/** Name of a launch tool, e.g. `supervisor`; the registry in launchers/ alone lists them. */
export type LaunchTool = string;
/** Name of an install method, e.g. `venv`; the registry in installers/ alone lists them. */
export type InstallMethod = string;

/** `<site>-<deployment>`, e.g. `perlmutter-prod`: also the name of its install folder. */
export type TargetId = string;

export function targetId(site: string, deployment: string): TargetId {
  return `${site}-${deployment}`;
}

/** A host on the way to, or at, a site. */
export interface Hop {
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

/** How a site is reached and as whom. All files are paths on the machine of the worker. */
export interface Access extends Hop {
  readonly transport: 'ssh2' | 'openssh';
  /** Private key; when absent the agent of SSH_AUTH_SOCK is asked. */
  readonly identityFile?: string;
  /** What people run on the worker's machine to renew a key or certificate that ends, e.g. `sshproxy -c jaws`. */
  readonly renew?: string;
  readonly knownHostsFile: string;
  /** Account to become with `sudo -n -u ACCOUNT -i` after the login. */
  readonly become?: string;
  /** Hosts to pass through, outermost first. */
  readonly jumps: readonly Hop[];
  readonly connectTimeoutMs: number;
  readonly keepaliveMs: number;
  /** The account and host (shell pattern) that commands must find themselves on; anything else fails the check. */
  readonly expect: { readonly account: string; readonly hostname?: string };
}

/** Every absolute path of one target on its site. Derived in `config/`, nowhere else. */
export interface Paths {
  readonly install: string;
  readonly config: string;
  readonly bin: string;
  readonly log: string;
  readonly supervisor: string;
  /** The live venv: a symlink to a versioned one beside it. */
  readonly venv: string;
  /** Folder of the versioned venvs. */
  readonly venvs: string;
  /** Scratch folder, or an `s3://` URL. */
  readonly scratch: string;
  readonly inputs: string;
  readonly downloads: string;
  readonly executions: string;
  /** Our own folder on the site: lock/, runs/, snapshots/, audit.log. */
  readonly ops: string;
}

/** The JAWS variables of a target after layering; secrets are {@link Secret} or, in a process without them, absent. */
export interface Env {
  readonly values: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, Secret>>;
}

/** What a failed operation means: the end of the run, or a warning. */
export type OnTrouble = 'fatal' | 'warn';

/** What happens where group, mode or ACL of a folder cannot be made as configured. */
export interface FolderPolicy {
  /** Of the folders below the install folder. */
  readonly install: { readonly group: OnTrouble; readonly mode: OnTrouble };
  /** Of scratch, inputs and executions. */
  readonly data: { readonly group: OnTrouble; readonly mode: OnTrouble; readonly acl: OnTrouble };
}

/** Configuration of a launch tool or install method, validated by that tool's own schema. */
export interface Configured<K extends string> {
  readonly kind: K;
  readonly [option: string]: unknown;
}

/** One deployment at one site: everything the rest of the program knows about it. */
export interface Target {
  readonly id: TargetId;
  readonly site: string;
  readonly deployment: Deployment;
  readonly title: string;
  readonly env: Env;
  readonly paths: Paths;
  readonly access: Access;
  readonly launcher: Configured<LaunchTool>;
  readonly installer: Configured<InstallMethod>;
  /** Options of the tools and methods that a request may choose in place of these two. */
  readonly otherLaunchers?: readonly Configured<LaunchTool>[];
  readonly otherInstallers?: readonly Configured<InstallMethod>[];
  readonly services: readonly Service[];
  readonly folders: FolderPolicy;
  readonly cleanup: Cleanup;
  /** The site's GitLab runner, where it has one. */
  readonly runner?: Runner;
  /** The command of a runbook that a request means; absent for every other request. */
  readonly command?: SiteCommand;
  /** IANA time zone of the site, for times shown to people. */
  readonly timezone: string;
}

/** A variable of the target: a secret, a value, or an error when it is neither (a mistake in our own code). */
export function variable(target: Target, name: string): Word {
  const value = target.env.secrets[name] ?? target.env.values[name];
  if (value === undefined) throw new RangeError(`${target.id}: variable ${name} is not defined`);
  return value;
}
