import type { Finding } from '../core/finding.ts';
import { parseRecord } from '../core/record.ts';
import type { Target } from '../core/target.ts';

/** What was seen of a site's GitLab runner. */
export interface RunnersSeen {
  /** `pid 123`, or `job 45 RUNNING node7`. */
  readonly runners: readonly string[];
  /** Why it cannot be told. */
  readonly problem?: string;
  readonly log: readonly string[];
}

/** Why we cannot start or ask a runner at this site at all. */
export function runnerProblem({ site, runner }: Target): Finding | undefined {
  const fail = (message: string, next: string): Finding => ({
    level: 'fail',
    subject: 'GitLab runner',
    message,
    next,
  });
  if (runner === undefined)
    return fail(
      `none is configured for ${site}`,
      `Describe it under \`runner:\` in config/sites/${site}.yaml.`,
    );
  if (runner.kind === 'contact')
    return fail(`the one of ${site} is run by others`, `Ask in ${runner.contact}.`);
  if (runner.command === '' || runner.config === '') {
    return fail(
      `its ${runner.command === '' ? 'program' : 'configuration file'} is not configured`,
      `Set runner.command and runner.config, or JAWS_GITLAB_RUNNER and JAWS_GITLAB_RUNNER_CONFIG, in config/sites/${site}.yaml.`,
    );
  }
  return undefined;
}

export function parseRunners(target: Target, stdout: string): RunnersSeen {
  const record = parseRecord(stdout, `${target.site}: runner`);
  const problem = record.text('problem');
  return {
    runners: record.values('runner'),
    log: (record.text('log')?.lines ?? []).filter((line) => line !== ''),
    ...(problem === undefined ? {} : { problem: problem.lines.join(' ') }),
  };
}

/** Exactly one is right; a job that waits counts, since Slurm starts it. */
export function runnerFinding({ site }: Target, { runners, problem, log }: RunnersSeen): Finding {
  const subject = 'GitLab runner';
  if (problem !== undefined)
    return { level: 'fail', subject, message: `cannot be told: ${problem}`, next: 'Look at the site.' };
  if (runners.length === 0) {
    const last = log.at(-1);
    return {
      level: 'fail',
      subject,
      message: `is not running${last === undefined ? '' : `; its log ends with: ${last}`}`,
      next: `Type \`/jaws runner start ${site}\`.`,
    };
  }
  if (runners.length > 1) {
    return {
      level: 'warn',
      subject,
      message: `runs ${runners.length} times: ${runners.join('; ')}`,
      next: 'End all but one at the site: they compete for jobs.',
    };
  }
  return { level: 'ok', subject, message: runners.join('') };
}
