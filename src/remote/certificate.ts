import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { OpsError } from '../core/errors.ts';
import type { Access } from '../core/target.ts';
import { type Certificate, certificateFindings, parseCertificate } from '../plan/certificate.ts';

/** Time `ssh-keygen` gets to read one file, in milliseconds. */
const LIMIT_MS = 10_000;

/**
 * The certificate that OpenSSH would present with an access's key: the file `<identityFile>-cert.pub`. Undefined when
 * there is none, or the access does not use OpenSSH, the only transport that knows them.
 * @throws OpsError `site.login` for a file that is no certificate, `system.part` without ssh-keygen.
 */
export async function readCertificate(access: Access): Promise<Certificate | undefined> {
  if (access.transport !== 'openssh' || access.identityFile === undefined) return undefined;
  const path = `${access.identityFile}-cert.pub`;
  if (!existsSync(path)) return undefined;
  const text = await new Promise<string>((resolve, reject) => {
    // The times it prints are in the zone of its environment.
    const command = ['TZ=UTC', 'LC_ALL=C', 'ssh-keygen', '-L', '-f', path];
    execFile('env', command, { timeout: LIMIT_MS }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      if (error.code === 127) {
        return reject(new OpsError('system.part', 'cannot start ssh-keygen, a part of the OpenSSH client'));
      }
      reject(
        new OpsError('site.login', `${path}: is no certificate: ${stderr.trim().split('\n').at(-1) ?? ''}`),
      );
    });
  });
  return parseCertificate(path, text);
}

/**
 * A refused login told by its cause where that is our own certificate: a server says no more than that it lets nobody
 * in. Any other error is given back as it is.
 * @param now in milliseconds since the epoch.
 */
export async function explained(access: Access, error: unknown, now: number): Promise<unknown> {
  if (!(error instanceof OpsError) || error.code !== 'site.login') return error;
  // What cannot be read explains nothing; the refusal itself must not be lost over it.
  const certificate = await readCertificate(access).catch(() => undefined);
  const cause = certificateFindings(access, certificate, now, 0).find(({ level }) => level === 'fail');
  if (cause === undefined) return error;
  return new OpsError('site.login', `${error.message}; ${cause.subject}: ${cause.message}`, {
    cause: error,
    ...(cause.next === undefined ? {} : { next: cause.next }),
  });
}
