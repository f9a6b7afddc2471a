import { z } from 'zod';
import { DEPLOYMENTS, type Deployment } from '../core/target.ts';
import type { Cleanup, CleanupPlace, Runner } from '../core/upkeep.ts';
import { command, sitePath } from './value-types.ts';

const hour = z.int({ error: 'expected a whole number 0–23' }).min(0).max(23);
const weekday = z.int({ error: 'expected a whole number 0–6, 0 being Sunday' }).min(0).max(6);

/** The `cleanup:` block of a site. */
export const cleanupSchema = z
  .strictObject({
    by: z
      .enum(['cron', 'bot'])
      .default('cron')
      .describe(
        '`cron`: the crontab of `cron install`; `bot`: the bot’s own schedule, for a site without cron',
      ),
    days: z
      .int({ error: 'expected a whole number 1–3650' })
      .min(1)
      .max(3650)
      .default(14)
      .describe('Age in days at which inputs and run folders of Cromwell are removed'),
    inputsHour: hour
      .default(2)
      .describe('Hour of the day for inputs, and for both when the bot does it, in the site’s own time'),
    executionsHour: hour.default(5).describe('Hour of the day for run folders'),
    weekdays: z
      .strictObject({
        dev: weekday.default(0),
        staging: weekday.default(5),
        prod: weekday.default(6),
      })
      .prefault({})
      .describe('Day of the week per deployment, 0 = Sunday'),
  })
  .describe('What `cleanup` removes, and when that is done by itself; S3 sites have neither');

/** The `runner:` block of a site. */
export const runnerSchema = z
  .strictObject({
    kind: z
      .enum(['nohup', 'slurm', 'contact'])
      .describe('`nohup`: in the background of the host; `slurm`: as a job; `contact`: others run it'),
    contact: z.string().min(1).optional().describe('Whom to ask, e.g. a Slack channel; for `contact`'),
    command: sitePath.schema
      .optional()
      .describe('Program; JAWS_GITLAB_RUNNER when absent. References such as `$CFS` are left to the site'),
    config: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Its configuration file, which may be relative to `folder`; JAWS_GITLAB_RUNNER_CONFIG when absent',
      ),
    folder: sitePath.schema.optional().describe('Folder to start in; the home when absent'),
    load: command.schema
      .optional()
      .describe('Command that prepares its environment, e.g. `module load python`'),
    log: sitePath.schema.default('$HOME/gitlab-runner.log').describe('Where its output goes'),
    sbatch: z
      .array(z.string().min(1))
      .default(['--qos=workflow', '--constraint=cron', '--time=90-00:00:00', '--cpus-per-task=2'])
      .describe('Arguments of sbatch; for `slurm`'),
  })
  .superRefine((block, context) => {
    if (block.kind === 'contact' && block.contact === undefined)
      context.addIssue({ code: 'custom', path: ['contact'], message: 'expected whom to ask' });
  })
  .describe('GitLab runner of the site; none when absent');

/** The runner of a site with what its variables say; undefined when it has none. */
export function runnerOf(
  block: z.output<typeof runnerSchema> | undefined,
  values: Readonly<Record<string, string>>,
): Runner | undefined {
  if (block === undefined) return undefined;
  const { kind, contact = '', folder, load = '', log, sbatch } = block;
  if (kind === 'contact') return { kind, contact };
  return {
    kind,
    command: block.command ?? values['JAWS_GITLAB_RUNNER'] ?? '',
    config: block.config ?? values['JAWS_GITLAB_RUNNER_CONFIG'] ?? '',
    ...(folder === undefined ? {} : { folder }),
    load,
    log,
    sbatch,
  };
}

/** The cleanup of a site with the folders of all its deployments. */
export function cleanupOf(
  block: z.output<typeof cleanupSchema>,
  pathsOf: (deployment: Deployment) => Omit<CleanupPlace, 'deployment'>,
): Cleanup {
  const places = DEPLOYMENTS.map((deployment) => {
    const { inputs, executions, log } = pathsOf(deployment);
    return { deployment, inputs, executions, log };
  });
  return { ...block, places: places.filter(({ inputs }) => !inputs.startsWith('s3://')) };
}
