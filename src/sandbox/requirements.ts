import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { OpsError } from '../core/errors.ts';
import { collect, SYSTEM_PATH } from './process.ts';

/** Programs of the machine that a sandbox runs, and the Debian packages that bring them. */
const PROGRAMS: readonly (readonly [string, string])[] = [
  ['unshare', 'util-linux'],
  ['nsenter', 'util-linux'],
  ['setpriv', 'util-linux'],
  ['sshd', 'openssh-server'],
  ['ssh-keygen', 'openssh-client'],
  ['sudo', 'sudo'],
  ['tcsh', 'tcsh'],
  ['redis-server', 'redis-server'],
  ['crontab', 'cron'],
  ['ip', 'iproute2'],
  ['munged', 'munge'],
  ['slurmctld', 'slurmctld'],
  ['slurmd', 'slurmd'],
  ['sbatch', 'slurm-client'],
];
const FILES: readonly (readonly [string, string])[] = [
  ['/usr/bin/python3', 'python3'],
  ['/usr/lib/systemd/systemd', 'systemd'],
  ['/usr/lib/python3/dist-packages/supervisor', 'supervisor'],
];

export interface Machine {
  readonly platform: string;
  readonly uid: number;
  has(program: string): boolean;
  exists(path: string): boolean;
}

export const thisMachine: Machine = {
  platform: process.platform,
  uid: process.getuid?.() ?? -1,
  has: (program) => SYSTEM_PATH.split(':').some((dir) => isExecutable(join(dir, program))),
  exists: existsSync,
};

/**
 * Checks that this machine can hold a sandbox.
 * @throws OpsError `system.part` that names everything missing and what to do.
 */
export async function requireParts(machine: Machine = thisMachine): Promise<void> {
  if (machine.platform !== 'linux') {
    throw new OpsError('system.part', `the sandbox needs Linux namespaces; this is ${machine.platform}`, {
      next: 'Run it on a Linux machine or in a Linux container with --privileged.',
    });
  }
  const missing = [
    ...PROGRAMS.filter(([program]) => !machine.has(program)),
    ...FILES.filter(([path]) => !machine.exists(path)),
  ];
  if (missing.length > 0) {
    const packages = [...new Set(missing.map(([, name]) => name))].join(' ');
    throw new OpsError('system.part', `the sandbox misses ${missing.map(([part]) => part).join(', ')}`, {
      next: `Run \`npm run setup\`, or as root: apt-get install -y ${packages}`,
    });
  }
  if (machine.uid !== 0) {
    throw new OpsError(
      'system.part',
      'the sandbox needs root: its sites have accounts, mounts and a network each',
      {
        next: 'Run the same command as root (sudo), or in a container with --privileged.',
      },
    );
  }
  const tried = await collect(['unshare', '--mount', '--pid', '--net', '--uts', '--ipc', '--fork', 'true']);
  if (tried.code !== 0) {
    throw new OpsError('system.part', `root may not make namespaces here: ${tried.stderr.trim()}`, {
      next: 'In a container, run it with --privileged.',
    });
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
