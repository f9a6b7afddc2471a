import { z } from 'zod';

/** The `audit` entry of `config/policy.yaml`. */
export const auditSchema = z.strictObject({
  keepDays: z
    .int()
    .min(30)
    .max(3650)
    .default(400)
    .describe(
      'How long entries of the audit are kept, in days; older ones are removed once a day, on record',
    ),
});
export type AuditPolicy = z.output<typeof auditSchema>;
