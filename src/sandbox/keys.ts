import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { collectOk } from './process.ts';

/**
 * The public half of an ed25519 key, `ssh-ed25519 AAAA…` without a comment. The key is made when it is missing:
 * throwaway, without a passphrase, mode 0600.
 */
export async function keyAt(path: string): Promise<string> {
  if (!existsSync(path) || !existsSync(`${path}.pub`)) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    await collectOk(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'sandbox', '-f', path], {
      input: 'y\n',
    });
  }
  return readFileSync(`${path}.pub`, 'utf8').trim().split(' ').slice(0, 2).join(' ');
}

/** A line of known_hosts. Source: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT: `[host]:port` unless the port is 22. */
export function knownHost(host: string, port: number, publicKey: string): string {
  return `${port === 22 ? host : `[${host}]:${port}`} ${publicKey}\n`;
}

/**
 * Signs a login key with a user CA, as sshproxy has it done: writes `<key>-cert.pub`.
 * @param validity an interval as ssh-keygen(1) takes it behind `-V`, e.g. `-5m:+1d`
 */
export async function certify(
  ca: string,
  key: string,
  principals: readonly string[],
  validity: string,
): Promise<void> {
  const names = ['-I', 'sandbox', '-n', principals.join(','), '-V', validity];
  await collectOk(['ssh-keygen', '-q', '-s', ca, ...names, `${key}.pub`]);
}
