import { reveal } from '../core/secret.ts';
import { type Target, variable } from '../core/target.ts';

/** Where everything of the Slurm job is on the site. */
export interface ScrontabPaths {
  readonly starter: string;
  readonly cronjob: string;
  /** The lines that belong into the account's scrontab. */
  readonly block: string;
  /** Folder of the job's and the starter's output. */
  readonly logs: string;
  /** `JOB NODE ADDRESS`, written by the job when it begins. */
  readonly record: string;
}

export function scrontabPaths({ paths }: Target): ScrontabPaths {
  return {
    starter: `${paths.bin}/starter.sh`,
    cronjob: `${paths.bin}/jaws-site-cronjob`,
    block: `${paths.config}/scrontab-block`,
    logs: `${paths.log}/site-slurm`,
    record: `${paths.supervisor}/jaws-job`,
  };
}

/** Name of the job that runs supervisord, e.g. `jaws_perlmutter_prod`; always compared as a whole. */
export function jobName({ site, deployment }: Target): string {
  return `jaws_${site}_${deployment}`;
}

/** First and last line of our block in a scrontab. */
export function blockMarks(target: Target): { readonly begin: string; readonly end: string } {
  return { begin: `# BEGIN jaws-ops ${target.id}`, end: `# END jaws-ops ${target.id}` };
}

/** DNS name under which the job's supervisord is found; empty at a site that has none. */
export function dnsName(target: Target): string {
  return reveal(variable(target, 'JAWS_SITE_DNS_NAME'));
}
