import type { FileSpec } from '../core/file.ts';
import { reveal } from '../core/secret.ts';
import { type Target, variable } from '../core/target.ts';
import { minutesOf, scrontabOptions } from './scrontab-options.ts';
import { dnsName, jobName, scrontabPaths } from './scrontab-paths.ts';
import { supervisordFiles } from './supervisord-files.ts';
import { supervisordPaths } from './supervisord-paths.ts';

/** supervisord's own files, and the three of the job: what submits it, what it runs, what submits it again. */
export function scrontabFiles(target: Target): readonly FileSpec[] {
  const { sbatch, scrontab, reservations, reservationBufferMin, dns } = scrontabOptions(target);
  const { starter, cronjob, block, logs, record } = scrontabPaths(target);
  const job = jobName(target);
  const host = dnsName(target);
  const loadPython = reveal(variable(target, 'JAWS_LOAD_PYTHON'));
  return [
    ...supervisordFiles(target, 'foreground'),
    {
      path: starter,
      template: 'slurm/starter.sh',
      mode: 0o700,
      data: {
        job,
        logs,
        cronjob,
        reservations,
        bufferMin: reservationBufferMin,
        limitMin: minutesOf(sbatch.time),
        sbatch: [
          `--time=${sbatch.time}`,
          `--cpus-per-task=${sbatch.cpus}`,
          `--qos=${sbatch.qos}`,
          `--constraint=${sbatch.constraint}`,
          ...(sbatch.account === undefined ? [] : [`--account=${sbatch.account}`]),
          ...sbatch.extra,
        ],
      },
    },
    {
      path: cronjob,
      template: 'slurm/jaws-site-cronjob',
      mode: 0o700,
      data: {
        logs: target.paths.log,
        record,
        dns: host !== '',
        host,
        key: target.env.values['TSIGPATH'] ?? '',
        server: dns.server,
        zone: dns.zone,
        ttl: dns.ttl,
        load: loadPython.trim() !== '',
        loadPython,
        supervisord: supervisordPaths(target).supervisord,
      },
    },
    {
      path: block,
      template: 'slurm/scrontab-block',
      mode: 0o600,
      data: {
        target: target.id,
        cronName: `${job}_starter`,
        log: `${logs}/starter.out`,
        options: scrontab.options,
        schedule: scrontab.schedule,
        starter,
      },
    },
  ];
}
