import { OpsError } from '../core/errors.ts';
import type { Hop } from '../core/target.ts';

/** A host that could not be reached, or a connection that was lost on the way there. */
export function unreachable(hop: Hop, cause: unknown): OpsError {
  return new OpsError('site.unreachable', `${hop.host}:${hop.port} does not answer: ${causeOf(cause)}`, {
    cause,
  });
}

/** A private key that others on this machine may read is not used, as OpenSSH does not use it. */
export function keyShared(hop: Hop, file: string, how: string): OpsError {
  const where = `${hop.user}@${hop.host}:${hop.port}`;
  return new OpsError('site.login', `no login at ${where}: identity file ${file}: ${how}`, {
    next: `chmod 600 ${file}, and consider giving the site a new key: this one may be known to others.`,
  });
}

/** A host that was reached and let nobody in. */
export function loginRefused(hop: Hop, why: string, cause?: unknown): OpsError {
  const detail = cause === undefined ? '' : ` (${causeOf(cause)})`;
  return new OpsError(
    'site.login',
    `${hop.user}@${hop.host}:${hop.port} refused the login: ${why}${detail}`,
    {
      cause,
    },
  );
}

function causeOf(cause: unknown): string {
  // A name with several addresses fails with one error for each of them, under an empty message.
  if (cause instanceof AggregateError) return [...new Set(cause.errors.map(causeOf))].join('; ');
  return cause instanceof Error ? cause.message : String(cause);
}
