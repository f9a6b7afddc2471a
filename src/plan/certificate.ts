import { OpsError } from '../core/errors.ts';
import type { Finding } from '../core/finding.ts';
import type { Access } from '../core/target.ts';

/** A user certificate of OpenSSH, as far as it decides about a login. Times in milliseconds since the epoch. */
export interface Certificate {
  readonly path: string;
  /** Absent when it is valid since ever. */
  readonly from?: number;
  /** Absent when it is valid for ever. */
  readonly until?: number;
  /** Accounts it lets in; empty means any. */
  readonly principals: readonly string[];
}

/**
 * Reads what `ssh-keygen -L` prints of a certificate when its time zone is UTC.
 * @throws OpsError('site.login') for output without a validity.
 */
export function parseCertificate(path: string, text: string): Certificate {
  const lines = text.split('\n').map((line) => line.trim());
  const valid = lines.find((line) => line.startsWith('Valid: '))?.slice('Valid: '.length);
  const first = lines.indexOf('Principals:');
  const from = timeAfter(valid, /\b(?:from|after) (\S+)/);
  const until = timeAfter(valid, /\b(?:to|before) (\S+)/);
  if (valid === undefined || (valid !== 'forever' && from === undefined && until === undefined)) {
    throw new OpsError(
      'site.login',
      `${path}: ssh-keygen tells no validity, got "${valid ?? text.slice(0, 200)}"`,
    );
  }
  const after = first < 0 ? [] : lines.slice(first + 1);
  const end = after.findIndex((line) => line.includes(':') || line === '');
  return {
    path,
    principals: end < 0 ? after : after.slice(0, end),
    ...(from === undefined ? {} : { from }),
    ...(until === undefined ? {} : { until }),
  };
}

function timeAfter(text: string | undefined, pattern: RegExp): number | undefined {
  const time = Date.parse(`${pattern.exec(text ?? '')?.[1] ?? ''}Z`);
  return Number.isNaN(time) ? undefined : time;
}

/** From here on the certificate's end is mentioned even when a run would be over by then. */
const SOON_MS = 2 * 3_600_000;

/**
 * Whether a certificate lets the run's account in now, and until every step's time limit has passed. One that is
 * not valid fails; one that may end during the run warns, as the connection could not be made again.
 * @param neededMs the longest the run may take
 */
export function certificateFindings(
  access: Access,
  certificate: Certificate | undefined,
  now: number,
  neededMs: number,
): readonly Finding[] {
  if (certificate === undefined) return [];
  const { path, from, until, principals } = certificate;
  const next =
    access.renew === undefined
      ? `Renew ${path} on the worker's machine.`
      : `Run \`${access.renew}\` on the worker's machine.`;
  const finding = (level: Finding['level'], message: string): Finding => ({
    level,
    subject: 'login certificate',
    message,
    ...(level === 'ok' ? {} : { next }),
  });
  if (principals.length > 0 && !principals.includes(access.user)) {
    return [finding('fail', `${path} is for ${principals.join(', ')}, expected ${access.user}`)];
  }
  if (until !== undefined && until <= now) return [finding('fail', `${path} ended ${span(now - until)} ago`)];
  if (from !== undefined && from > now)
    return [finding('fail', `${path} is valid only in ${span(from - now)}`)];
  if (until === undefined) return [finding('ok', 'valid for ever')];
  const left = until - now;
  if (left < neededMs) {
    return [
      finding(
        'warn',
        `${path} ends in ${span(left)}, and the time limits of this run are ${span(neededMs)}; ${next}`,
      ),
    ];
  }
  if (left < SOON_MS) return [finding('warn', `${path} ends in ${span(left)}; ${next}`)];
  return [finding('ok', `valid for ${span(left)} more`)];
}

/** `23 h 10 min`, `4 min`, `50 s`. */
function span(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return `${Math.max(1, Math.round(ms / 1000))} s`;
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (hours === 0) return `${minutes} min`;
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}
