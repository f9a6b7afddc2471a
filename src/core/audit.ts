import type { Caller } from './request.ts';

/**
 * Something that somebody did or decided, or that came of it. Never changed; removed when it is older than the policy
 * keeps entries, of which an entry tells.
 * - `said`: a command or a button that changes something, with what it led to, refusals included;
 * - `step`, `result`: what a run did, from its worker;
 * - `trimmed`: that old entries were removed.
 */
export interface AuditEntry {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly who: Caller;
  readonly kind: 'said' | 'step' | 'result' | 'trimmed';
  /** e.g. `deploy`, `approve`, `unlock`. */
  readonly what: string;
  readonly site?: string;
  readonly deployment?: string;
  readonly jobId?: string;
  /** e.g. `queued`, `refused: …`, `succeeded`. One line. */
  readonly outcome: string;
  /** Further data as typed: version, reason, override. */
  readonly details?: string;
}

const MOST = 1_000;

/** A text as one line of an entry. */
export function auditLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, MOST);
}
