import { ERRORS, EXIT, type ExitCode } from '../core/errors.ts';
import type { Report } from '../core/look.ts';
import { isFinal } from '../core/run.ts';
import type { TargetStatus } from '../core/service.ts';
import type { RunbookRun } from '../runbooks/run.ts';
import type { Reply } from './command.ts';

/** The exit code of an answer: what a script may rely on. A run that goes on is no failure. */
export function exitOf(reply: Reply): ExitCode {
  switch (reply.kind) {
    case 'problem':
      return ERRORS[reply.problem.code].exit;
    case 'report':
    case 'offer':
      return exitOfReport(reply.report);
    case 'busy':
      return EXIT.refused;
    case 'status':
      return reply.targets.some(isUnanswered) ? EXIT.unreachable : EXIT.done;
    case 'run':
      if (reply.state.status === 'succeeded' || !isFinal(reply.state)) return EXIT.done;
      return reply.state.problem === undefined ? EXIT.failed : ERRORS[reply.state.problem.code].exit;
    case 'runbook':
      return exitOfRunbook(reply.run);
    case 'text':
    case 'help':
    case 'jobs':
    case 'export':
      return EXIT.done;
  }
}

/** A run that waits for an answer nobody has given is refused, as a script sees it. */
function exitOfRunbook({ status }: RunbookRun): ExitCode {
  if (status === 'waiting') return EXIT.refused;
  return status === 'failed' || status === 'cancelled' ? EXIT.failed : EXIT.done;
}

function exitOfReport({ problem, findings }: Report): ExitCode {
  if (problem !== undefined) return ERRORS[problem.code].exit;
  return findings?.some(({ level }) => level === 'fail') ? EXIT.failed : EXIT.done;
}

/** Nothing is known of the target: its host, or a worker for it, did not answer. */
function isUnanswered({ condition }: TargetStatus): boolean {
  return condition === 'unreachable' || condition === 'unknown';
}
