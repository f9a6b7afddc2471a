import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { RenderedFile } from '../../src/core/file.ts';
import { reveal } from '../../src/core/secret.ts';
import { SERVICES, type Service } from '../../src/core/service.ts';
import type { Deployment, Target } from '../../src/core/target.ts';
import { supervisordPaths } from '../../src/launchers/supervisord-paths.ts';
import { renderTarget } from '../../src/plan/render-target.ts';
import { freePort } from '../../src/sandbox/free-port.ts';
import { collectOk, SYSTEM_PATH } from '../../src/sandbox/process.ts';
import { startSshd, type TestSshd } from '../../test/fixtures/sshd.ts';
import { aTarget } from '../../test/fixtures/target.ts';

const SITES = ['assembly', 'aws', 'dori', 'jgi', 'nmdc', 'perlmutter', 'tahoma'] as const;
export const VERSION = '2.5.4';

/** A JAWS with its earlier daemons and those of its backend in the same group: twice the services of today. */
export const EIGHT_SERVICES: readonly Service[] = [
  ...SERVICES,
  ...['perf-metrics-daemon', 'task-log', 'pool-manager', 'htcondor-server'].map((name) => ({
    name,
    program: name,
    venvLog: `site-${name}.log`,
    containerLog: `${name}.log`,
  })),
];

/** Seconds that supervisord watches a service before it calls it RUNNING, and those after which a deploy believes it. */
export const SETTLING = { startSecs: 1, settleSec: 1.5 } as const;

/** One simulated site: an sshd of its own, with a supervisord and the services for each deployment. */
export interface LightSite {
  readonly name: string;
  readonly sshd: TestSshd;
  readonly targets: readonly Target[];
}

export interface LightSites {
  readonly all: readonly LightSite[];
  readonly targets: readonly Target[];
  /** Puts a built release beside the live one, as a release's building is no part of what is measured. */
  stageRelease(name: string): void;
  close(): Promise<void>;
}

/** Stands for jaws-site: one small process that runs until it is stopped. */
const SERVICE = '#!/bin/sh\ncase "$*" in *--help*) exit 0 ;; esac\nexec sleep 1000000\n';

/**
 * Seven sites on this machine, each with a real sshd, real supervisords from Debian's package, and services that run.
 * Everything is below one temporary folder; {@link LightSites.close} ends and removes it.
 */
export async function lightSites(
  deployments: readonly Deployment[],
  services: readonly Service[] = SERVICES,
): Promise<LightSites> {
  const undo: (() => unknown)[] = [];
  const close = async () => {
    for (const end of undo.splice(0).reverse()) await end();
  };
  try {
    const home = mkdtempSync(join(tmpdir(), 'jaws-bench-home-'));
    undo.push(() => rmSync(home, { recursive: true, force: true }));
    // An account of its own, as far as its profile goes; Fabric sends files by SFTP.
    const like = { env: { HOME: home }, config: ['Subsystem sftp internal-sftp'] };
    const first = await startSshd(like);
    undo.push(() => first.remove());
    const tool = supervisorVenv(join(first.folder, 'supervisor-venv'));
    const { port: backend, server } = await acceptor();
    undo.push(() => server.close());
    const all: LightSite[] = [];
    for (const name of SITES) {
      const sshd = name === SITES[0] ? first : await startSshd({ ...like, like: first });
      if (sshd !== first) undo.push(() => sshd.remove());
      const targets = [];
      for (const deployment of deployments) {
        const target = await targetOf({ site: name, deployment, services }, sshd, backend);
        targets.push(target);
        undo.push(() => installed(target, tool));
      }
      all.push({ name, sshd, targets });
    }
    const targets = all.flatMap((site) => site.targets);
    await Promise.all(targets.map((target) => bringUp(target, tool, home)));
    return {
      all,
      targets,
      stageRelease: (name) => {
        for (const target of targets) release(target, name);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function targetOf(
  what: Pick<Target, 'site' | 'deployment' | 'services'>,
  sshd: TestSshd,
  backend: number,
): Promise<Target> {
  const root = join(sshd.folder, 'root');
  const port = String(await freePort());
  const group = execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim();
  const wheel = join(root, 'wheels', `jaws_site-{version}-py3-none-any.whl`);
  put(wheel.replace('{version}', VERSION), '', 0o644);
  return aTarget({
    ...what,
    root,
    access: { ...sshd.access(), expect: { account: sshd.user } },
    launcher: {
      kind: 'supervisor',
      package: 'supervisor',
      pipArgs: [],
      ...SETTLING,
      limitSec: 60,
    },
    installer: { kind: 'venv', source: { wheel } },
    values: {
      JAWS_DB_HOST: '127.0.0.1',
      JAWS_DB_PORT: String(backend),
      JAWS_RMQ_HOST: '127.0.0.1',
      JAWS_RMQ_PORT: String(backend),
      JAWS_GROUP: group,
      JAWS_USERS_GROUP: group,
      JAWS_SETFACL: '0',
      JAWS_PYTHON: '/usr/bin/python3',
      JAWS_SUPERVISOR_HOST: '127.0.0.1',
      JAWS_SUPERVISOR_PORT: port,
      JAWS_SUPERVISOR_URL: `http://127.0.0.1:${port}`,
    },
  });
}

/** The target as the next deploy has it: with another value in the services' shims and in jaws-site.conf. */
export function changed(target: Target, round: number): Target {
  const values = {
    ...target.env.values,
    JAWS_LOG_LEVEL: round % 2 === 0 ? 'INFO' : 'DEBUG',
    JAWS_MAX_RAM_GB: String(100 + (round % 50)),
  };
  return { ...target, env: { ...target.env, values } };
}

/** Every generated file of a target, as a deploy of this round writes it. */
export function filesOf(target: Target, round: number): readonly RenderedFile[] {
  return renderTarget(changed(target, round), { version: VERSION, name: `${VERSION}-bench` });
}

async function bringUp(target: Target, tool: string, home: string): Promise<void> {
  const { paths } = target;
  for (const folder of [paths.install, paths.bin, paths.config, paths.log, paths.supervisor])
    mkdirSync(folder, { recursive: true, mode: 0o750 });
  mkdirSync(dirname(paths.scratch), { recursive: true });
  release(target, `${VERSION}-first`);
  symlinkSync(join(paths.venvs, `${VERSION}-first`), paths.venv);
  symlinkSync(tool, supervisordPaths(target).venv);
  for (const file of filesOf(target, 0)) put(file.path, reveal(file.content), file.mode);
  // Started as by a login to the account: its services must not read the profile of whoever measures.
  await collectOk([supervisordPaths(target).supervisord], { env: { PATH: SYSTEM_PATH, HOME: home } });
}

function release(target: Target, name: string): void {
  const dir = join(target.paths.venvs, name);
  put(join(dir, 'bin/jaws-site'), SERVICE, 0o755);
  put(join(dir, 'bin/activate'), '', 0o644);
  symlinkSync('/usr/bin/python3', join(dir, 'bin/python'));
  put(
    join(dir, '.jaws-release'),
    `version=${VERSION}\nsource=bench\nbuilt=${new Date().toISOString()}\n`,
    0o644,
  );
}

/** Ends a target's supervisord and its services. */
function installed(target: Target, tool: string): void {
  const { conf, pidFile } = supervisordPaths(target);
  if (!existsSync(pidFile)) return;
  execFileSync(join(tool, 'bin/supervisorctl'), ['-c', conf, 'shutdown'], { stdio: 'ignore' });
}

/** Package of Debian's supervisor. */
const SYSTEM_SUPERVISOR = '/usr/lib/python3/dist-packages/supervisor';

/** A venv with the system's supervisor and without pip, which nothing here needs. */
function supervisorVenv(dir: string): string {
  execFileSync('/usr/bin/python3', ['-m', 'venv', '--system-site-packages', '--without-pip', dir]);
  for (const [program, module] of [
    ['supervisord', 'supervisor.supervisord'],
    ['supervisorctl', 'supervisor.supervisorctl'],
  ] as const) {
    put(
      join(dir, 'bin', program),
      `#!${dir}/bin/python\nimport sys\nfrom ${module} import main\nsys.exit(main())\n`,
      0o755,
    );
  }
  // Where pip would have put it.
  const [python = ''] = readdirSync(join(dir, 'lib'));
  symlinkSync(SYSTEM_SUPERVISOR, join(dir, 'lib', python, 'site-packages/supervisor'));
  put(join(dir, '.jaws-supervisor'), 'supervisor\n', 0o644);
  return dir;
}

/** What stands for database and message broker: it takes connections. */
function acceptor(): Promise<{ port: number; server: Server }> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.on('error', () => undefined).end());
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({ port: typeof address === 'object' && address !== null ? address.port : 0, server });
    });
  });
}

export function put(path: string, content: string, mode: number): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  chmodSync(path, mode);
}
