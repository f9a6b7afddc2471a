import { z } from 'zod';
import type { Report } from '../core/look.ts';
import { clip, type Scrub } from './scrub.ts';
import { problemSchema } from './state-schema.ts';

const findingSchema = z.object({
  level: z.enum(['ok', 'warn', 'fail']),
  subject: z.string(),
  message: z.string(),
  next: z.string().exactOptional(),
});

const tableSchema = z.object({
  title: z.string().exactOptional(),
  head: z.array(z.string()),
  rows: z.array(z.array(z.string())),
});

/** An answer as a worker gave it. Keys that this version does not know are dropped. */
export const reportSchema: z.ZodType<Report> = z.object({
  title: z.string(),
  findings: z.array(findingSchema).exactOptional(),
  tables: z.array(tableSchema).exactOptional(),
  text: z.string().exactOptional(),
  cutFrom: z.enum(['start', 'end']).exactOptional(),
  problem: problemSchema.exactOptional(),
  next: z.string().exactOptional(),
});

/** Longest text of an answer in Redis, in bytes: every answer stays in a stream of events for a while. */
const TEXT_LIMIT = 64 * 1024;

/** A report on its way to Redis: all that a site said scrubbed, its text cut to what is kept. */
export function scrubReport(report: Report, scrub: Scrub): Report {
  const { findings, tables, text, problem, next } = report;
  return {
    ...report,
    title: scrub(report.title),
    ...(findings === undefined
      ? {}
      : {
          findings: findings.map((finding) => ({
            ...finding,
            subject: scrub(finding.subject),
            message: scrub(finding.message),
            ...(finding.next === undefined ? {} : { next: scrub(finding.next) }),
          })),
        }),
    ...(tables === undefined
      ? {}
      : { tables: tables.map((table) => ({ ...table, rows: table.rows.map((row) => row.map(scrub)) })) }),
    ...(text === undefined ? {} : { text: clip(scrub(text), TEXT_LIMIT) }),
    ...(problem === undefined
      ? {}
      : { problem: { ...problem, message: scrub(problem.message), next: scrub(problem.next) } }),
    ...(next === undefined ? {} : { next: scrub(next) }),
  };
}
