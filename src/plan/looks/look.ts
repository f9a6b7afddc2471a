import type { Problem } from '../../core/errors.ts';
import type { Fact } from '../../core/fact.ts';
import type { Finding } from '../../core/finding.ts';
import type { LookName, LookRequest, Report } from '../../core/look.ts';
import type { Target } from '../../core/target.ts';
import type { Certificate } from '../certificate.ts';

/** What a question is about. */
export interface Subject {
  readonly request: LookRequest;
  /** The target meant, or the site's first one for a question to the site as a whole. With its secrets. */
  readonly target: Target;
  /** Every target of the site that the question is about, `target` included. */
  readonly targets: readonly Target[];
  /** What the worker found of its own way to the site, e.g. how long a certificate is valid. */
  readonly login: readonly Finding[];
  /** The worker's certificate for the site, where it has one. */
  readonly certificate?: Certificate;
  /** Milliseconds since the epoch. */
  now(): number;
}

/**
 * A question that changes nothing. Pure: it makes the one read-only script and reads what it prints, or answers from
 * the configuration alone. Throws OpsError for a question that makes no sense at this target.
 */
export interface Look {
  readonly name: LookName;
  /** `target` needs a deployment, `site` is about all of them when none is named. */
  readonly scope: 'site' | 'target';
  /** `login` where the account's profile matters (`module`, the scheduler's tools). */
  readonly shell: 'sh' | 'login';
  /** Time the site may take, in milliseconds. */
  readonly timeoutMs: number;
  ask(subject: Subject): Fact<Report> | Report;
  /** What to answer where the site cannot be reached; the problem alone when absent. */
  unreached?(subject: Subject, problem: Problem): Report;
}

/** Whether an answer still has to be fetched from the site. */
export function isFact(answer: Fact<Report> | Report): answer is Fact<Report> {
  return 'script' in answer;
}
