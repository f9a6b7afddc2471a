import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OpsError } from '../core/errors.ts';
import { type Credentials, planBoot } from './boot.ts';
import { keyAt, knownHost } from './keys.ts';
import { bootSite, type Namespaces } from './namespaces.ts';
import { type CollectOptions, collect, type Ended } from './process.ts';
import type { QuickPip } from './quick-pip.ts';
import type { LoginKeys } from './site-etc.ts';
import type { SiteSpec } from './site-spec.ts';
import { type SshListener, sshListener } from './sshd.ts';

/** One site of the sandbox: a Linux host of its own on this machine. */
export interface SiteHandle {
  readonly spec: SiteSpec;
  readonly name: string;
  /** Where its sshd listens on this machine. */
  readonly address: string;
  readonly port: number;
  /** Key that logs in there, beside its certificate where the site wants one. */
  readonly identityFile: string;
  /** Lines of known_hosts for its host keys. */
  readonly knownHosts: string;
  readonly running: boolean;
  /** PID 1 of the site as this machine numbers it; undefined while it is down. */
  readonly pid: number | undefined;
  /** Connections its sshd serves. */
  readonly connections: number;
  start(): Promise<void>;
  /** Shuts the site down: sshd, services, everything; `cut` takes the power away. Its folders stay. */
  stop(how?: 'shutdown' | 'cut'): Promise<void>;
  /** `cut` takes the power away, `shutdown` ends processes with SIGTERM first. Comes back with sshd up. */
  reboot(how?: 'shutdown' | 'cut'): Promise<void>;
  startSshd(): Promise<void>;
  /** Refuses new connections; those open go on. */
  stopSshd(): Promise<void>;
  /** Breaks every connection; what they started goes on. @returns how many there were. */
  cutConnections(): number;
  /** Runs a command inside, as root or as an account of the site. */
  exec(argv: readonly string[], options?: ExecOptions): Promise<Ended>;
  /** Where one of the site's persistent paths is on this machine. */
  path(inside: string): string;
}

export interface ExecOptions extends CollectOptions {
  /** Name of the account; root when absent. */
  readonly user?: string;
}

export interface SiteOptions {
  readonly spec: SiteSpec;
  /** The site's own folder in the sandbox. */
  readonly dir: string;
  readonly port: number;
  readonly wheels: string;
  readonly pip: QuickPip;
  readonly keys: LoginKeys;
  /** Private key that logs in; for a site that wants certificates, the one with a certificate. */
  readonly identityFile: string;
  readonly credentials: Credentials;
}

/** Makes a site with its host keys; it is down until started. */
export async function makeSite(options: SiteOptions): Promise<SiteHandle> {
  const { spec, dir, port } = options;
  mkdirSync(join(dir, 'log'), { recursive: true });
  const hostKey = await keyAt(join(dir, 'ssh', 'host_ed25519'));
  const innerKey = spec.inner ? await keyAt(join(dir, 'ssh', 'inner_ed25519')) : '';
  let booted: Namespaces | undefined;
  const ssh: SshListener = sshListener({
    address: spec.address,
    port,
    command: () => booted?.inside(['/usr/sbin/sshd', '-i', '-e', '-f', '/etc/ssh/sshd_config']),
    log: join(dir, 'log', 'sshd.log'),
  });

  async function start(): Promise<void> {
    if (!booted?.running) booted = await boot();
    await ssh.listen();
  }

  /** Tries once more, as who runs a machine would; what was wrong with it the first time is told, not lost. */
  async function boot(): Promise<Namespaces> {
    const plan = planBoot(options);
    try {
      return await bootSite(dir, plan);
    } catch (error) {
      process.emitWarning(
        `${spec.name}: booted once more: ${error instanceof Error ? error.message : error}`,
      );
      return bootSite(dir, plan);
    }
  }

  async function end(how: 'shutdown' | 'cut'): Promise<void> {
    await ssh.unlisten();
    const ending = booted;
    booted = undefined;
    await ending?.end(how);
  }

  return {
    spec,
    name: spec.name,
    address: spec.address,
    port,
    identityFile: options.identityFile,
    knownHosts: [
      knownHost(spec.address, port, hostKey),
      ...(spec.inner?.names ?? []).map((name) => knownHost(name, spec.inner?.port ?? 22, innerKey)),
    ].join(''),
    get running() {
      return booted?.running ?? false;
    },
    get pid() {
      return booted?.pid;
    },
    get connections() {
      return ssh.connections;
    },
    start,
    stop: (how = 'shutdown') => end(how),
    async reboot(how = 'shutdown') {
      await end(how);
      await start();
    },
    startSshd: () => ssh.listen(),
    stopSshd: () => ssh.unlisten(),
    cutConnections: () => ssh.cut(),
    exec: (argv, given = {}) => {
      if (!booted?.running) throw new OpsError('site.unreachable', `${spec.name}: is not running`);
      return collect(booted.inside(asAccount(argv, given.user)), given);
    },
    path: (inside) => join(dir, 'files', inside),
  };

  function asAccount(argv: readonly string[], user: string | undefined): readonly string[] {
    if (user === undefined) return argv;
    const account = [spec.service, spec.login].find(({ name }) => name === user);
    if (!account) throw new OpsError('internal', `${spec.name}: no account ${user}`);
    const environment = [`HOME=${account.home}`, `USER=${user}`, `LOGNAME=${user}`];
    return [
      'setpriv',
      `--reuid=${account.uid}`,
      `--regid=${account.gid}`,
      '--init-groups',
      'env',
      `--chdir=${account.home}`,
      ...environment,
      ...argv,
    ];
  }
}

/** Last lines of what a site's sshd logged, for messages. */
export function sshdLog(dir: string, lines = 20): string {
  return readFileSync(join(dir, 'log', 'sshd.log'), 'utf8')
    .split('\n')
    .slice(-lines)
    .join('\n');
}
