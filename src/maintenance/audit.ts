import type { MaintenanceParts } from './parts.ts';

const DAY_MS = 24 * 3600_000;

/** Removes what the policy does not keep any longer from the record of what was said and done. */
export async function trimAudit({ jobs, audit, logger, now }: MaintenanceParts): Promise<void> {
  const gone = await jobs.audit.trim(now() - audit.keepDays * DAY_MS, now());
  if (gone > 0) logger.info({ gone, keepDays: audit.keepDays }, 'old entries of the audit were removed');
}
