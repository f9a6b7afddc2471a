import { z } from 'zod';

/** The `drift:` block of a site. */
export const driftSchema = z
  .strictObject({
    at: z
      .string({ error: 'expected a time of day such as 04:30, or never' })
      .regex(/^(([01]\d|2[0-3]):[0-5]\d|never)$/, 'expected a time of day such as 04:30, or never')
      .default('04:30')
      .describe('Time of day, in the site’s own time, or `never`'),
  })
  .describe('The nightly look for files changed by hand and services that are not as they should be');

/** When a site is looked at for what was changed there. */
export type DriftPolicy = z.output<typeof driftSchema>;
