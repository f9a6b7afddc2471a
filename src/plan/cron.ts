import type { Finding } from '../core/finding.ts';
import { parseRecord } from '../core/record.ts';
import type { Target } from '../core/target.ts';
import { cronBlock } from './crontab.ts';

/** How the crontab of a site stands against what it should have. */
export function cronFindings(target: Target, stdout: string): readonly Finding[] {
  const record = parseRecord(stdout, `${target.site}: crontab`);
  const finding = (level: Finding['level'], message: string, next?: string): Finding => ({
    level,
    subject: 'crontab',
    message,
    ...(next === undefined ? {} : { next }),
  });
  const install = `Type \`/jaws cron install ${target.site}\`.`;
  switch (record.value('crontab')) {
    case 'missing':
      return [finding('fail', 'there is no crontab command at this site', 'Ask the site for cron.')];
    case 'unreadable':
      return [finding('fail', `cannot be read: ${record.value('said') ?? ''}`, 'Ask the site for cron.')];
    case 'damaged':
      return [
        finding('fail', 'the markers of our block are damaged', 'Mend them at the site with `crontab -e`.'),
      ];
    default:
  }
  const others = `${record.value('others') ?? '0'} lines of others`;
  const installed = (record.text('block')?.lines ?? []).filter((line) => line !== '');
  if (installed.length === 0) return [finding('warn', `our lines are not there (${others})`, install)];
  if (installed.join('\n') === cronBlock(target).join('\n'))
    return [finding('ok', `${installed.length - 2} lines as configured (and ${others})`)];
  return [finding('warn', `our lines are there, but not as configured (${others})`, install)];
}
