import type { Finding } from '../../core/finding.ts';
import { commandScript, siteCommand } from '../command.ts';
import type { Operation } from './operation.ts';

const VERIFY_MS = 60_000;

/** A command of a runbook that changes something at a site. */
export const command: Operation = {
  action: 'command',
  title: 'Run the command',
  shell: 'sh',
  timeoutMs: 60 * 60_000,
  verifyMs: VERIFY_MS,
  own: (target) => {
    const { title, shell, timeoutMs } = siteCommand(target);
    return { title, shell, timeoutMs };
  },
  findings: () => [],
  act: (target) => commandScript(target, siteCommand(target).command),
  verify: (target) => ({
    name: 'command',
    script: commandScript(target, siteCommand(target).verify ?? ':'),
    parse: (stdout, code): readonly Finding[] => {
      const said = stdout.trim().split('\n').at(-1) ?? '';
      if (code === 0) return [{ level: 'ok', subject: 'effect', message: said === '' ? 'as wanted' : said }];
      return [
        {
          level: 'fail',
          subject: 'effect',
          message: `the command has not had its effect${said === '' ? '' : `: ${said}`}`,
          next: 'Look at the site.',
        },
      ];
    },
  }),
};
