import { z } from 'zod';
import { WEEKDAYS } from '../core/freeze.ts';
import { ACTIONS } from '../core/request.ts';
import { timezoneSchema } from './timezone.ts';
import { whereShape } from './where.ts';

const clock = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'expected a time such as "16:00", up to "24:00", in quotes');
const moment = z
  .string()
  .regex(
    /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]) ([01]\d|2[0-3]):[0-5]\d$/,
    'expected a day and a time such as "2026-12-24 12:00", in quotes',
  );

/** A `freezes` entry of `config/policy.yaml`. */
export const freezeSchema = z
  .strictObject({
    reason: z.string().min(1).max(300).describe('Shown to who is refused'),
    actions: z.array(z.enum(ACTIONS)).min(1).default(['deploy']).describe('Actions that are not done'),
    ...whereShape,
    timezone: timezoneSchema.describe('IANA time zone of the times'),
    weekly: z
      .strictObject({
        days: z.array(z.enum(WEEKDAYS)).min(1).describe('Days of the week'),
        from: clock.describe('First time of the day'),
        to: clock.describe('Time of the day at which it ends'),
      })
      .refine(({ from, to }) => from < to, { error: 'expected from before to; name two days for a night' })
      .optional()
      .describe('Every week'),
    between: z
      .strictObject({
        start: moment.describe('When it begins'),
        end: moment.describe('When it ends'),
      })
      .refine(({ start, end }) => start < end, { error: 'expected start before end' })
      .optional()
      .describe('Once'),
  })
  .refine(({ weekly, between }) => (weekly === undefined) !== (between === undefined), {
    error: 'expected either weekly or between',
  });
