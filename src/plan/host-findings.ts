import type { Finding } from '../core/finding.ts';
import type { Target } from '../core/target.ts';
import { bytesText } from './cleanup.ts';
import type { HostFacts, PortHolder, Volume } from './host-facts.ts';

/** Clocks may differ so far, in seconds: tokens and certificates are refused beyond minutes. */
const SKEW_WARN_SEC = 30;
const SKEW_FAIL_SEC = 300;
const LOW_KIB = 100 * 1024;
const SCARCE = 0.05;

/** What is wrong with a host, and what is right. `now` in milliseconds since the epoch. */
export function hostFindings(target: Target, host: HostFacts, now: number): readonly Finding[] {
  return [
    clockFinding(host, now),
    ...host.volumes.map(volumeFinding),
    ...softwareFindings(target, host),
    ...slurmFindings(target, host),
  ];
}

function clockFinding({ epochSec }: HostFacts, now: number): Finding {
  const skew = epochSec - Math.round(now / 1000);
  const off = Math.abs(skew);
  const message = off <= 2 ? 'agrees with ours' : `is ${off} s ${skew > 0 ? 'ahead of' : 'behind'} ours`;
  if (off < SKEW_WARN_SEC) return { level: 'ok', subject: 'clock', message };
  return {
    level: off < SKEW_FAIL_SEC ? 'warn' : 'fail',
    subject: 'clock',
    message,
    next: 'Compare the clocks of both hosts with a time server.',
  };
}

function volumeFinding({ folder, freeKiB, totalKiB, freeInodes, totalInodes }: Volume): Finding {
  const inodes = totalInodes > 0 ? `, ${freeInodes} of ${totalInodes} inodes free` : '';
  const message = `${folder}: ${bytesText(freeKiB * 1024)} of ${bytesText(totalKiB * 1024)} free${inodes}`;
  const next = 'Free space at the site, or look at its quota.';
  if (freeKiB < LOW_KIB || (totalInodes > 0 && freeInodes < 1000))
    return { level: 'fail', subject: 'disk', message, next };
  const scarce = freeKiB < totalKiB * SCARCE || (totalInodes > 0 && freeInodes < totalInodes * SCARCE);
  return scarce
    ? { level: 'warn', subject: 'disk', message, next }
    : { level: 'ok', subject: 'disk', message };
}

/** Only what the target's install method needs can fail. */
function softwareFindings(target: Target, host: HostFacts): readonly Finding[] {
  const file = `config/sites/${target.site}.yaml`;
  const inImages = target.installer.kind !== 'venv';
  const python: Finding =
    host.pythonProblem === undefined
      ? { level: 'ok', subject: 'python', message: host.python ?? '' }
      : {
          level: 'fail',
          subject: 'python',
          message: host.pythonProblem,
          next: `Correct JAWS_LOAD_PYTHON or JAWS_PYTHON in ${file}.`,
        };
  if (!inImages) return [python];
  const apptainer: Finding =
    host.apptainer !== undefined
      ? { level: 'ok', subject: 'apptainer', message: host.apptainer }
      : {
          level: 'fail',
          subject: 'apptainer',
          message: 'does not run',
          next: `Correct JAWS_APPTAINER_PATH in ${file}.`,
        };
  return [apptainer, ...(target.launcher.kind === 'supervisor' ? [python] : [])];
}

function slurmFindings(target: Target, { slurm }: HostFacts): readonly Finding[] {
  const subject = 'scheduler';
  if (slurm === undefined) {
    if (target.launcher.kind !== 'scrontab') return [];
    return [
      {
        level: 'fail',
        subject,
        message: 'Slurm’s tools are not on the PATH',
        next: 'Look at the login profile.',
      },
    ];
  }
  const used =
    target.launcher.kind === 'scrontab' ||
    target.runner?.kind === 'slurm' ||
    Object.entries(target.env.values).some(
      ([name, value]) => name.startsWith('JAWS_QUEUE_WAIT_') && value !== '',
    );
  const said = slurm.lines.filter((line) => line.trim() !== '').join('; ');
  if (slurm.code === 0 && /\bUP\b/.test(said)) return [{ level: 'ok', subject, message: said }];
  // Its tools may be installed on a host that belongs to no cluster.
  return used
    ? [{ level: 'fail', subject, message: said.slice(0, 300), next: 'Look at the site’s status page.' }]
    : [];
}

/** Who holds the supervisor port of a deployment: our own supervisord, nobody, or a stranger. */
export function portFinding(target: Target, port: number, holder: PortHolder | undefined): Finding {
  const subject = `port ${port}`;
  if (holder === undefined) return { level: 'ok', subject, message: `free, for ${target.deployment}` };
  const who =
    holder.pid === undefined
      ? `a process of ${holder.user}`
      : `pid ${holder.pid} of ${holder.user}: ${holder.command ?? ''}`;
  const mine = holder.command?.split(/\s+/).includes(`${target.paths.config}/supervisor.conf`) === true;
  if (mine)
    return { level: 'ok', subject, message: `supervisord of ${target.deployment}, pid ${holder.pid}` };
  return {
    level: 'fail',
    subject,
    message: `of supervisord of ${target.deployment} is held by ${who}`,
    next: 'End that process, or give the deployment another JAWS_SUPERVISOR_PORT.',
  };
}
