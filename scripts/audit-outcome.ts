import { z } from 'zod';

const reportSchema = z.object({
  vulnerabilities: z.record(z.string(), z.object({ severity: z.string() })),
  metadata: z.object({ dependencies: z.object({ total: z.number() }) }),
});
const errorSchema = z.object({ message: z.string() });

/** Levels that a release must not have. */
const GRAVE = ['high', 'critical'];

/**
 * What `npm audit --json` found, in one line.
 * @param answer its standard output; empty when it was cut short
 */
export function outcomeOf(answer: string): { readonly line: string; readonly failed: boolean } {
  const document = parsed(answer);
  const report = reportSchema.safeParse(document);
  if (!report.success) {
    const reason = errorSchema.safeParse(document).data?.message.replace(/\s+/g, ' ') ?? 'no answer';
    return { line: `not reachable: ${reason.slice(0, 200)}`, failed: false };
  }
  const { vulnerabilities, metadata } = report.data;
  const found = Object.entries(vulnerabilities).map(([name, { severity }]) => `${name} (${severity})`);
  const of = `${metadata.dependencies.total} packages`;
  if (found.length === 0) return { line: `no known vulnerability in ${of}`, failed: false };
  const failed = Object.values(vulnerabilities).some(({ severity }) => GRAVE.includes(severity));
  return { line: `${found.length} with a known vulnerability in ${of}: ${found.join(', ')}`, failed };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
