import type { Deployment } from './deployment.ts';

/** Which old data of a deployment is removed, and when a site's cron does it. */
export interface Cleanup {
  /** Who removes it every week: the site's own cron, or the bot where there is none. */
  readonly by: 'cron' | 'bot';
  /** Age in days; what is younger stays. */
  readonly days: number;
  /** Hours of the day, 0–23, in the site's own time. */
  readonly inputsHour: number;
  readonly executionsHour: number;
  /** Day of the week per deployment, 0 = Sunday. */
  readonly weekdays: Readonly<Record<Deployment, number>>;
  /** The data folders of every deployment of the site: one crontab serves them all. Empty where data is in buckets. */
  readonly places: readonly CleanupPlace[];
}

/** The only folders of a deployment that anything is removed from. */
export interface CleanupPlace {
  readonly deployment: Deployment;
  readonly inputs: string;
  readonly executions: string;
  readonly log: string;
}

/** How the GitLab runner of a site is started; one serves all deployments. */
export type Runner =
  /** Others run it: all there is to do is to ask them. */
  | { readonly kind: 'contact'; readonly contact: string }
  | {
      /** `nohup` leaves it in the background of the host, `slurm` submits it as a job. */
      readonly kind: 'nohup' | 'slurm';
      /** Program and configuration file; may begin with a reference such as `$CFS`. */
      readonly command: string;
      readonly config: string;
      /** Folder it is started in; the account's home when absent. */
      readonly folder?: string;
      /** Command that prepares its environment, e.g. `module load python`. */
      readonly load: string;
      readonly log: string;
      /** Arguments of sbatch. */
      readonly sbatch: readonly string[];
    };
