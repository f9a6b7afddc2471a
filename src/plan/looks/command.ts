import { commandScript, siteCommand } from '../command.ts';
import type { Look } from './look.ts';

/** A command of a runbook that changes nothing at a site. */
export const command: Look = {
  name: 'command',
  scope: 'site',
  shell: 'login',
  timeoutMs: 80_000,
  ask({ target }) {
    const { title, command: text } = siteCommand(target);
    return {
      name: 'command',
      script: commandScript(target, text),
      parse(stdout, code) {
        const last = stdout.trim().split('\n').at(-1) ?? '';
        return {
          title: `${title}, at ${target.site}`,
          findings: [
            code === 0
              ? { level: 'ok', subject: title, message: last === '' ? 'done' : last }
              : {
                  level: 'fail',
                  subject: title,
                  message: `exit code ${code}${last === '' ? '' : `: ${last}`}`,
                },
          ],
          ...(stdout.trim() === '' ? {} : { text: stdout, cutFrom: 'start' as const }),
        };
      },
    };
  },
};
