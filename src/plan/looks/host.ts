import { identity, reachability } from '../check.ts';
import { siteFacts } from '../site-facts.ts';
import type { Look } from './look.ts';

/** Whether commands run on the host and as the account that they must, and what JAWS Site needs can be reached. */
export const host: Look = {
  name: 'host',
  scope: 'site',
  shell: 'login',
  timeoutMs: 60_000,
  ask({ target, login }) {
    const facts = siteFacts(target);
    return {
      name: facts.name,
      script: facts.script,
      parse(stdout, code) {
        const seen = facts.parse(stdout, code);
        return {
          title: `Host and account of ${target.site}`,
          findings: [...login, ...identity(target, seen), ...reachability(seen)],
        };
      },
    };
  },
};
