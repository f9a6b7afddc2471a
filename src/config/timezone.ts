import { z } from 'zod';
import { word } from './value-types.ts';

/** Name of an IANA time zone that this machine knows. */
export const timezoneSchema = z
  .string()
  .refine(isTimezone, { error: 'expected an IANA time zone such as America/Los_Angeles' });

function isTimezone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return word.schema.safeParse(text.replaceAll('/', '-').replaceAll('+', '-')).success;
  } catch {
    return false;
  }
}
