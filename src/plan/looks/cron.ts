import type { Report } from '../../core/look.ts';
import { recorded } from '../../core/record.ts';
import type { Target } from '../../core/target.ts';
import { cronFindings } from '../cron.ts';
import { cronBlock, cronLines, showScript } from '../crontab.ts';
import type { Look } from './look.ts';

/** The cleanup lines a site's crontab should have, and whether it has them. */
export const cron: Look = {
  name: 'cron',
  scope: 'site',
  shell: 'sh',
  timeoutMs: 30_000,
  ask({ target }) {
    if (target.cleanup.places.length === 0) {
      return {
        title: `No crontab for ${target.site}: its data is in ${target.paths.scratch.replace(/^(s3:\/\/[^/]*).*/, '$1')} and the like`,
        next: 'Let a lifecycle rule of the bucket expire old objects.',
      };
    }
    if (target.cleanup.by === 'bot') {
      return {
        title: `No crontab for ${target.site}: the bot removes old data there`,
        next: '`/jaws jobs --scheduled` shows when.',
      };
    }
    return {
      name: 'cron',
      script: recorded(showScript(target)),
      parse: (stdout) => reportOf(target, stdout),
    };
  },
};

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

function reportOf(target: Target, stdout: string): Report {
  return {
    title: `Cleanup by cron at ${target.site}`,
    findings: cronFindings(target, stdout),
    tables: [
      {
        head: ['Deployment', 'What', 'When'],
        rows: cronLines(target).map(({ deployment, what, when }) => {
          const [minute = '', hour = '', , , day = ''] = when.split(' ');
          return [
            deployment,
            what,
            `${DAYS[Number(day)] ?? day} ${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`,
          ];
        }),
      },
    ],
    text: cronBlock(target).join('\n'),
  };
}
