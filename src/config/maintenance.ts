import { z } from 'zod';

const minutes = z.int({ error: 'expected minutes as a whole number 0–20160' }).min(0).max(20_160);

/** The `maintenance:` block of a site. */
export const maintenanceSchema = z
  .strictObject({
    remindBeforeMin: z
      .array(minutes)
      .default([1440, 120, 0])
      .describe('Minutes before the start at which the channel is reminded; 0 is the start itself'),
    reservationPattern: z
      .string()
      .min(1)
      .refine(isPattern, { error: 'expected a regular expression such as login|workflow' })
      .optional()
      .describe(
        'Regular expression; Slurm reservations whose line in `scontrol show res -o` it matches are maintenance. Without it none is looked for',
      ),
    autoRestart: z
      .boolean()
      .default(false)
      .describe('After a maintenance, start by itself what should be up, and report'),
    downReminderHours: z
      .number({ error: 'expected hours as a number 0.25–168' })
      .min(0.25)
      .max(168)
      .default(4)
      .describe('How often the channel is reminded of services that a failed run left down, in hours'),
  })
  .describe('What happens around a maintenance of the site');

/** What a site wants around a maintenance. */
export type MaintenancePolicy = z.output<typeof maintenanceSchema>;

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
