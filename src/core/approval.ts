import type { Caller } from './request.ts';

/** What somebody has said to a plan that needs a second person. */
export interface Decision {
  readonly verdict: 'approved' | 'rejected';
  readonly by: Caller;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly reason?: string;
}

/** That a run needs a second person: for which plan, until when, and what was said to it. */
export interface Approval {
  /** Hash of the plan that is to be approved; another plan needs another approval. */
  readonly hash: string;
  /** Milliseconds since the epoch; from then on it is too late. */
  readonly until: number;
  /** One line each: what the plan would change at the site. */
  readonly changes: readonly string[];
  /** Whether another plan was on show before, which is not what would be done now. */
  readonly changed: boolean;
  /** Set when the approval of a deploy also stands for its automatic rollback, and the request for it says so. */
  readonly covers?: 'rollback';
  readonly decision?: Decision;
}
