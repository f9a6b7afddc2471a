import { z } from 'zod';
import { word } from './value-types.ts';

/** Name of an IANA time zone that this machine knows. */
export const timezoneSchema = z
  .string()
  .refine(isTimezone, { error: 'expected an IANA time zone such as America/Los_Angeles' });

/** What was found out of each name: a formatter takes half a millisecond to make, and sites share a few zones. */
const judged = new Map<string, boolean>();

function isTimezone(text: string): boolean {
  const known = judged.get(text) ?? isZone(text);
  judged.set(text, known);
  return known;
}

function isZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return word.schema.safeParse(text.replaceAll('/', '-').replaceAll('+', '-')).success;
  } catch {
    return false;
  }
}
