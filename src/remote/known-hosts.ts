import { createHash, createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { OpsError } from '../core/errors.ts';
import type { Hop } from '../core/target.ts';

/** A line of a known_hosts file that speaks of one host. */
export interface KnownKey {
  /** e.g. `ssh-ed25519`. */
  readonly type: string;
  /** The public key as the server sends it, base64. */
  readonly key: string;
  /** Line number in the file, from 1. */
  readonly line: number;
  readonly revoked: boolean;
}

/** @throws OpsError `site.host-key` when the file cannot be read: without it no host can be verified. */
export async function readKnownHosts(hop: Hop, file: string): Promise<readonly KnownKey[]> {
  try {
    return knownKeys(await readFile(file, 'utf8'), hop.host, hop.port);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new OpsError('site.host-key', `${nameOf(hop)}: cannot read known hosts file ${file}: ${cause}`, {
      cause: error,
    });
  }
}

/** The keys a known_hosts text has for a host; plain, pattern and hashed names, see sshd(8), SSH_KNOWN_HOSTS. */
export function knownKeys(text: string, host: string, port: number): readonly KnownKey[] {
  const name = port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
  return text.split('\n').flatMap((raw, i) => {
    const words = raw.trim().split(/\s+/);
    const marker = words[0]?.startsWith('@') ? words.shift() : undefined;
    const [names, type, key] = words;
    if (names === undefined || type === undefined || key === undefined || names.startsWith('#')) return [];
    // A host CA speaks for certificates, which only the system's ssh understands.
    if (marker === '@cert-authority' || !isNamed(names, name)) return [];
    return [{ type, key, line: i + 1, revoked: marker === '@revoked' }];
  });
}

function isNamed(names: string, name: string): boolean {
  if (names.startsWith('|1|')) {
    const [, , salt, hash] = names.split('|');
    if (salt === undefined || hash === undefined) return false;
    return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
  }
  const patterns = names.toLowerCase().split(',');
  if (patterns.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1), name))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && matches(pattern, name));
}

function matches(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(name);
}

/**
 * Judges the key a server presented: undefined when it is a known one, else the error to show.
 * Fingerprints are given as `ssh-keygen -l` prints them.
 */
export function judgeHostKey(
  hop: Hop,
  file: string,
  known: readonly KnownKey[],
  presented: Uint8Array,
): OpsError | undefined {
  const key = Buffer.from(presented).toString('base64');
  const shown = `${typeOf(presented)} ${fingerprint(key)}`;
  const same = known.filter((entry) => entry.key === key);
  const revoked = same.find((entry) => entry.revoked);
  if (revoked !== undefined) {
    return new OpsError(
      'site.host-key',
      `${nameOf(hop)}: the server presented ${shown}, which ${file} line ${revoked.line} revokes`,
    );
  }
  if (same.length > 0) return undefined;
  const valid = known.filter((entry) => !entry.revoked);
  if (valid.length === 0) {
    return new OpsError('site.host-key', `${nameOf(hop)}: not in ${file}; the server presented ${shown}`, {
      next: `Verify this fingerprint with the site by another way, then add the key to ${file}.`,
    });
  }
  const expected = valid.map((entry) => `${entry.type} ${fingerprint(entry.key)} (line ${entry.line})`);
  return new OpsError(
    'site.host-key',
    `${nameOf(hop)}: the host key has changed; the server presented ${shown}, ${file} expects ${expected.join(' or ')}`,
  );
}

/** As in known_hosts: the port only when it is not 22. */
function nameOf(hop: Hop): string {
  return hop.port === 22 ? hop.host : `[${hop.host}]:${hop.port}`;
}

function fingerprint(key: string): string {
  const digest = createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64');
  return `SHA256:${digest.replace(/=+$/, '')}`;
}

/** A public key starts with its type as a string with a length of four bytes. */
function typeOf(key: Uint8Array): string {
  const bytes = Buffer.from(key);
  return bytes.length < 4 ? 'an unknown kind of key' : bytes.toString('latin1', 4, 4 + bytes.readUInt32BE(0));
}
