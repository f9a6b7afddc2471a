import { randomBytes } from 'node:crypto';
import { type BootFile, DNS_HOSTS, LOGIN_ADDRESS, WORKFLOW_ADDRESS, WORKFLOW_NODE } from './site-etc.ts';
import type { Account } from './site-spec.ts';

/** What a site needs to have a Slurm of its own. */
export interface SlurmPlan {
  readonly parts: readonly {
    readonly name: string;
    readonly argv: readonly string[];
    readonly listens: readonly (readonly [string, number] | string)[];
  }[];
  readonly files: readonly BootFile[];
  readonly dirs: readonly { readonly path: string; readonly mode: string }[];
  readonly links: readonly { readonly path: string; readonly target: string }[];
}

const MUNGE_SOCKET = '/run/munge/munge.socket.2';
const SLURMCTLD_PORT = 6817;
const SLURMD_PORT = 6818;

/**
 * A real munged, slurmctld and slurmd, and stand-ins for `scrontab` (which Debian does not build), `nsupdate` and
 * `dig` (there is no DNS server to ask).
 * @param tsigKey path of the key with which the DNS name is updated; empty for none.
 */
export function slurmPlan(cluster: string, hostname: string, account: Account, tsigKey: string): SlurmPlan {
  const standIn = (name: string, program: string): BootFile => ({
    path: `/usr/local/bin/${name}`,
    mode: '755',
    content: `#!/bin/sh\n# Stand-in of the sandbox for ${name}.\nexec /usr/bin/python3 -I -S ${program} "$@"\n`,
  });
  return {
    parts: [
      {
        name: 'slurm',
        argv: [
          '/bin/sh',
          '/opt/stand-in/slurm.sh',
          `${account.uid}:${account.gid}`,
          tsigKey,
          LOGIN_ADDRESS,
          WORKFLOW_ADDRESS,
          WORKFLOW_NODE,
        ],
        listens: [MUNGE_SOCKET, [LOGIN_ADDRESS, SLURMCTLD_PORT], [WORKFLOW_ADDRESS, SLURMD_PORT]],
      },
    ],
    files: [
      { path: '/etc/slurm/slurm.conf', mode: '644', content: slurmConf(cluster, hostname) },
      // Nothing is confined by control groups; without a named version slurmd looks for a mounted hierarchy.
      { path: '/etc/slurm/cgroup.conf', mode: '644', content: 'CgroupPlugin=cgroup/v1\n' },
      { path: '/etc/munge/munge.key', mode: '400', content: randomBytes(64).toString('hex') },
      standIn('scrontab', '/opt/stand-in/scrontab.py'),
      standIn('nsupdate', '/opt/stand-in/dns.py nsupdate'),
      standIn('dig', '/opt/stand-in/dns.py dig'),
    ],
    dirs: [
      { path: '/run/munge', mode: '755' },
      { path: '/var/lib/slurm', mode: '755' },
      { path: '/var/spool/slurmd', mode: '755' },
      { path: '/var/spool/scrontab', mode: '1777' },
      { path: '/var/lib/stand-in-dns', mode: '777' },
    ],
    links: [{ path: '/etc/hosts', target: DNS_HOSTS }],
  };
}

function slurmConf(cluster: string, hostname: string): string {
  const settings = {
    ClusterName: cluster,
    SlurmctldHost: `${hostname}(${LOGIN_ADDRESS})`,
    SlurmctldPort: SLURMCTLD_PORT,
    SlurmdPort: SLURMD_PORT,
    SlurmUser: 'root',
    AuthType: 'auth/munge',
    StateSaveLocation: '/var/lib/slurm',
    SlurmdSpoolDir: '/var/spool/slurmd',
    SlurmctldPidFile: '/run/slurmctld.pid',
    SlurmdPidFile: '/run/slurmd.pid',
    ProctrackType: 'proctrack/linuxproc',
    TaskPlugin: 'task/none',
    SelectType: 'select/cons_tres',
    SelectTypeParameters: 'CR_CPU',
    AccountingStorageType: 'accounting_storage/none',
    JobAcctGatherType: 'jobacct_gather/none',
    MpiDefault: 'none',
    ReturnToService: 2,
    // The node claims more CPUs than this machine has.
    SlurmdParameters: 'config_overrides',
    SchedulerParameters: 'sched_interval=1,bf_interval=1,sched_min_interval=1',
    KillWait: 5,
  };
  return [
    ...Object.entries(settings).map(([key, value]) => `${key}=${value}`),
    `NodeName=${WORKFLOW_NODE} NodeHostname=${WORKFLOW_NODE} NodeAddr=${WORKFLOW_ADDRESS} CPUs=128 RealMemory=1000 Features=cron State=UNKNOWN`,
    `PartitionName=workflow Nodes=${WORKFLOW_NODE} Default=YES MaxTime=INFINITE State=UP`,
    '',
  ].join('\n');
}
