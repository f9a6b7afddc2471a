import { OpsError } from '../core/errors.ts';
import { describeExit, type Exit } from '../core/exit.ts';
import type { Finding } from '../core/finding.ts';
import type { Step } from '../core/plan.ts';
import { toldBy, unmarked } from '../core/record.ts';
import type { Target } from '../core/target.ts';

/** A run that ends before its plan does, with a status of its own. */
export class Ending extends Error {
  readonly status: 'failed' | 'refused' | 'cancelled';

  constructor(status: 'failed' | 'refused' | 'cancelled', cause: OpsError) {
    super(cause.message, { cause });
    this.status = status;
  }
}

/** The error of a step that did not end with code 0. */
export function stepFailure(target: Target, step: Step, exit: Exit, cause: string): OpsError {
  const what = `${target.id}: ${step.title}: ${cause}`;
  if (exit.kind === 'timeout') return new OpsError('step.timeout', what);
  if (exit.kind === 'lost') return new OpsError('step.lost', what);
  return new OpsError('step.failed', what);
}

/** All failed findings as one error, with the first remedy among them. */
export function findingsError(
  code:
    | 'refused.check'
    | 'refused.lock'
    | 'refused.freeze'
    | 'refused.maintenance'
    | 'refused.busy'
    | 'refused.lost'
    | 'verify.failed'
    | 'step.failed',
  findings: readonly Finding[],
): OpsError {
  const failed = findings.filter((finding) => finding.level === 'fail');
  const next = failed.find((finding) => finding.next !== undefined)?.next;
  const message = failed.map((finding) => `${finding.subject}: ${finding.message}`).join('; ');
  return new OpsError(code, message, next === undefined ? {} : { next });
}

/** Longest detail of a step, in characters. */
const MOST = 300;

/** What shells and interpreters say of a locale that the host does not have. It is never about the step. */
const NOISE = /^[^ ]*(bash|sh|perl|manpath)[^ ]*: (line \d+: )?warning: /;

/** The last line of an output that says anything, at most 300 characters. */
export function lastLine(text: string): string | undefined {
  return text
    .split('\n')
    .findLast((line) => line.trim() !== '' && !NOISE.test(line))
    ?.slice(0, MOST);
}

/**
 * What a step's own script says it did, at most 300 characters: warnings first, then what is done. Everything else in
 * the output is a tool's, or noise of the account's profile, and says nothing sure.
 * @param mark what the script's own words begin with
 */
export function toldIn(output: string, mark: string): string | undefined {
  const told = [...new Set([...toldBy(output, mark, 'warning'), ...toldBy(output, mark, 'done')])].join('; ');
  if (told === '') return undefined;
  return told.length <= MOST ? told : `${told.slice(0, MOST - 1)}…`;
}

/** What was going on when the time limit struck: the last that was said, or that nothing was. */
export function causeOfTimeout(text: string, timeoutMs: number): string {
  const said = lastLine(text);
  const doing = said === undefined ? 'it had said nothing yet' : `the last it said was "${said}"`;
  return `ended at its time limit of ${Math.round(timeoutMs / 1000)} s; ${doing}`;
}

/** The line of an output that most likely names the cause: our own error, else a tool's own, else the last. */
export function causeOf(output: string, mark: string, exit: Exit): string {
  const [own] = toldBy(output, mark, 'error');
  const text = unmarked(output, mark);
  const lines = text.split('\n');
  const named =
    own ??
    lines.find((line) => /^error: /.test(line)) ??
    lines.find((line) => /^(ERROR|[A-Za-z.]*Error|fatal|bash|sh): /.test(line) && !NOISE.test(line));
  return (named ?? lastLine(text) ?? describeExit(exit)).replace(/^error: /, '').slice(0, MOST);
}
