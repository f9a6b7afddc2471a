import { contained, recorded } from '../../core/record.ts';
import { bucketFinding } from '../cleanup.ts';
import { cronFindings } from '../cron.ts';
import { installScript, showScript } from '../crontab.ts';
import type { Operation } from './operation.ts';

/** Puts the lines that remove old data at a site into its crontab. */
export const installCron: Operation = {
  action: 'install-cron',
  title: 'Install the cleanup lines in the crontab',
  shell: 'sh',
  timeoutMs: 60_000,
  verifyMs: 30_000,
  findings: (target) => (target.cleanup.places.length === 0 ? [bucketFinding(target)] : []),
  act: (target) => contained(installScript(target)),
  verify: (target) => ({
    name: 'cron',
    script: recorded(showScript(target)),
    parse: (stdout) =>
      cronFindings(target, stdout).map((finding) =>
        finding.level === 'warn' ? { ...finding, level: 'fail' } : finding,
      ),
  }),
};
