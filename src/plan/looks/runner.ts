import { recorded } from '../../core/record.ts';
import { parseRunners, runnerFinding, runnerProblem } from '../runner.ts';
import { aliveScript } from '../runner-script.ts';
import type { Look } from './look.ts';

/** Whether the GitLab runner of a site is there. */
export const runner: Look = {
  name: 'runner',
  scope: 'site',
  shell: 'login',
  timeoutMs: 60_000,
  ask({ target }) {
    const title = `GitLab runner of ${target.site}`;
    const own = target.runner;
    const problem = runnerProblem(target);
    if (problem !== undefined || own === undefined || own.kind === 'contact') {
      // Whom to ask is an answer, not a fault of the site.
      const finding = problem === undefined ? [] : [{ ...problem, level: 'warn' as const }];
      return { title, findings: finding };
    }
    return {
      name: 'runner',
      script: recorded(aliveScript(target, own, false)),
      parse(stdout) {
        const seen = parseRunners(target, stdout);
        const text = seen.log.join('\n');
        return {
          title,
          findings: [runnerFinding(target, seen)],
          ...(text === '' ? {} : { text, cutFrom: 'start' as const }),
        };
      },
    };
  },
};
