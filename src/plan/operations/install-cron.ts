import type { Finding } from '../../core/finding.ts';
import { contained, recorded } from '../../core/record.ts';
import type { Target } from '../../core/target.ts';
import { bucketFinding } from '../cleanup.ts';
import { cronFindings } from '../cron.ts';
import { installScript, showScript } from '../crontab.ts';
import type { Operation } from './operation.ts';

/** That lines in the crontab would do again what the bot does. */
function botFinding({ site }: Target): Finding {
  return {
    level: 'fail',
    subject: 'crontab',
    message: `the bot removes old data at ${site}: no crontab is needed`,
    next: `Set cleanup.by in config/sites/${site}.yaml to cron if the site has one.`,
  };
}

/** Puts the lines that remove old data at a site into its crontab. */
export const installCron: Operation = {
  action: 'install-cron',
  title: 'Install the cleanup lines in the crontab',
  shell: 'sh',
  timeoutMs: 60_000,
  verifyMs: 30_000,
  findings(target) {
    if (target.cleanup.places.length === 0) return [bucketFinding(target)];
    return target.cleanup.by === 'bot' ? [botFinding(target)] : [];
  },
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
