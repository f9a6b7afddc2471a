import { z } from 'zod';
import { OpsError } from '../core/errors.ts';
import type { Target } from '../core/target.ts';
import { settlingAfterStart, supervisordShape } from './supervisord-options.ts';

const line = z.string().regex(/^\S(?:[^\n\r]*\S)?$/, 'expected one line without white space around it');

/** `D-HH:MM:SS`, `HH:MM:SS`, `MM:SS`, `MM`, `D-HH`, `D-HH:MM`: the forms sbatch takes. */
const time = z
  .string()
  .regex(/^(\d+-\d+(:\d+){0,2}|\d+(:\d+){0,2})$/, 'expected a time as sbatch takes it, e.g. 90-00:00:00');

/** A site's `launcher:` block when its services run under a supervisord in a Slurm job. */
export const scrontabSchema = settlingAfterStart(
  z.strictObject({
    kind: z.literal('scrontab'),
    ...supervisordShape,
    limitSec: z
      .number()
      .int()
      .min(10)
      .max(3600)
      .default(600)
      .describe('Seconds to wait for that, the time in the queue included'),
    sbatch: z
      .strictObject({
        qos: line.default('workflow').describe('`--qos` of the job'),
        constraint: line.default('cron').describe('`--constraint` of the job'),
        cpus: z.number().int().min(1).max(1024).default(16).describe('`--cpus-per-task` of the job'),
        time: time
          .default('90-00:00:00')
          .describe('`--time` of the job, shortened to end before a maintenance'),
        account: line.optional().describe('`--account` of the job; the account’s own default when absent'),
        extra: z.array(line).default([]).describe('Further options of sbatch, e.g. `[--mem=32G]`'),
      })
      .prefault({})
      .describe('How the job is submitted'),
    scrontab: z
      .strictObject({
        schedule: line
          .default('*/10 * * * *')
          .describe('When the entry looks whether the job is in the queue'),
        options: z
          .array(line)
          .default(['--qos=cron', '--constraint=cron', '--time=00:05:00'])
          .describe('`#SCRON` options of the entry'),
      })
      .prefault({})
      .describe('The entry of scrontab that submits the job again when it has ended'),
    reservations: z
      .array(z.string().regex(/^[A-Za-z0-9_.-]+$/))
      .min(1)
      .default(['login', 'workflow'])
      .describe('A Slurm reservation with one of these words concerns the job'),
    reservationBufferMin: z
      .number()
      .int()
      .min(0)
      .max(10_000)
      .default(120)
      .describe('Minutes before a maintenance at which the job has to have ended'),
    dns: z
      .strictObject({
        server: line.default('nsx.lbl.gov').describe('Name server that takes the updates'),
        zone: line.default('dyn.jgi.doe.gov').describe('Zone of the DNS name'),
        ttl: z.number().int().min(0).max(86_400).default(30).describe('Lifetime of the record in seconds'),
        waitSec: z
          .number()
          .int()
          .min(0)
          .max(600)
          .default(60)
          .describe('Seconds to wait after a start until the name points to the job’s node'),
      })
      .prefault({})
      .describe('How the job’s node gets its DNS name'),
    workers: z
      .array(z.string().regex(/^[A-Za-z0-9_-]+$/))
      .default(['small', 'medium', 'large', 'xlarge'])
      .describe('Sizes of HTCondor workers; their jobs are cancelled with a stop'),
  }),
);

export type ScrontabOptions = z.output<typeof scrontabSchema>;

/**
 * The target's launcher block with its defaults.
 * @throws OpsError('config.key') when it does not follow {@link scrontabSchema}.
 */
export function scrontabOptions(target: Target): ScrontabOptions {
  const parsed = scrontabSchema.safeParse(target.launcher);
  if (parsed.success) return parsed.data;
  throw new OpsError('config.key', `${target.id}: launcher: ${z.prettifyError(parsed.error)}`);
}

/** Whole minutes of a time as sbatch takes it. */
export function minutesOf(text: string): number {
  const [days, clock = ''] = text.includes('-') ? text.split('-') : ['0', text];
  const parts = clock.split(':').map(Number);
  const [a = 0, b = 0] = parts;
  if (text.includes('-')) return (Number(days) * 24 + a) * 60 + b;
  return parts.length === 3 ? a * 60 + b : a;
}
