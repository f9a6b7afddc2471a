import type { Finding } from '../../core/finding.ts';
import { contained, recorded } from '../../core/record.ts';
import { raw } from '../../core/script.ts';
import type { Target } from '../../core/target.ts';
import { parseRunners, runnerFinding, runnerProblem } from '../runner.ts';
import { aliveScript, type OwnRunner, startRunnerScript } from '../runner-script.ts';
import type { Operation } from './operation.ts';

/** Starts the GitLab runner of a site where none runs. */
export const startRunner: Operation = {
  action: 'start-runner',
  title: 'Start the GitLab runner',
  shell: 'login',
  timeoutMs: 2 * 60_000,
  verifyMs: 60_000,
  findings(target): readonly Finding[] {
    const problem = runnerProblem(target);
    return problem === undefined ? [] : [problem];
  },
  act: (target) => contained(withOwn(target, (runner) => startRunnerScript(target, runner))),
  verify: (target) => ({
    name: 'runner',
    script: recorded(withOwn(target, (runner) => aliveScript(target, runner, true))),
    parse: (stdout) => [runnerFinding(target, parseRunners(target, stdout))],
  }),
};

function withOwn(target: Target, make: (runner: OwnRunner) => ReturnType<typeof raw>) {
  const { runner } = target;
  return runner === undefined || runner.kind === 'contact' ? raw(':') : make(runner);
}
