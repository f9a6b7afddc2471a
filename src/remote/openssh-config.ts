import { OpsError } from '../core/errors.ts';
import type { Access } from '../core/target.ts';
import { loginRefused, unreachable } from './ssh-errors.ts';

/** Name under which the configuration knows the site itself. */
export const SITE_ALIAS = 'jaws-site';

/**
 * The configuration of `ssh` for one access. It is a file because the `ssh` that passes through a jump host inherits
 * nothing else, and every hop has an alias because two of them may have the same address.
 */
export function opensshConfig(access: Access, agentSocket: string | undefined): string {
  const hops = [...access.jumps, access].map((hop, i, all) => ({
    ...hop,
    alias: i === all.length - 1 ? SITE_ALIAS : `jaws-hop-${i + 1}`,
  }));
  return [
    ...hops.flatMap((hop, i) => [
      `Host ${hop.alias}`,
      `  HostName ${word(hop.host)}`,
      `  Port ${hop.port}`,
      `  User ${word(hop.user)}`,
      ...(i === 0 ? [] : [`  ProxyJump ${hops[i - 1]?.alias}`]),
    ]),
    'Host *',
    '  BatchMode yes',
    '  StrictHostKeyChecking yes',
    '  UpdateHostKeys no',
    `  UserKnownHostsFile ${word(access.knownHostsFile)}`,
    '  GlobalKnownHostsFile none',
    `  ConnectTimeout ${seconds(access.connectTimeoutMs)}`,
    '  ConnectionAttempts 1',
    `  ServerAliveInterval ${seconds(access.keepaliveMs)}`,
    '  ServerAliveCountMax 3',
    '  ForwardAgent no',
    '  EscapeChar none',
    ...(access.identityFile === undefined
      ? [`  IdentityAgent ${agentSocket === undefined ? 'none' : word(agentSocket)}`]
      : [`  IdentityFile ${word(access.identityFile)}`, '  IdentitiesOnly yes', '  IdentityAgent none']),
    '',
  ].join('\n');
}

/** ssh_config expands `%`, and has no escape for a quote or a line break. */
function word(text: string): string {
  if (/["\r\n]/.test(text))
    throw new OpsError('config.key', `access: ${JSON.stringify(text)}: no quotes or line breaks`);
  return `"${text.replaceAll('%', '%%')}"`;
}

function seconds(ms: number): number {
  return Math.max(1, Math.round(ms / 1000));
}

/** The error behind what `ssh -v` said before it gave up. */
export function opensshRefusal(access: Access, said: string): OpsError {
  const lines = said.split('\n').map((line) => line.trim());
  const shown = lines.findLast((line) => /Server host key:/.test(line));
  const presented =
    shown === undefined ? '' : `; the server presented ${shown.replace(/^.*Server host key: /, '')}`;
  const file = access.knownHostsFile;
  const stranger = /host key is known for (\S+)/.exec(said)?.[1];
  if (stranger !== undefined) {
    return new OpsError('site.host-key', `${stranger}: not in ${file}${presented}`, {
      next: `Verify this fingerprint with the site by another way, then add the key to ${file}.`,
    });
  }
  const changed = /Host key for (\S+) has changed/.exec(said)?.[1];
  if (changed !== undefined) {
    const line = /Offending .* in .*:(\d+)/.exec(said)?.[1];
    const expects = `${file}${line === undefined ? '' : ` line ${line}`} expects another`;
    return new OpsError('site.host-key', `${changed}: the host key has changed${presented}, ${expects}`);
  }
  if (/Host key verification failed/.test(said)) {
    return new OpsError(
      'site.host-key',
      `${access.host}:${access.port}: not verified by ${file}${presented}`,
    );
  }
  const telling = lines.filter(
    (line) => line !== '' && !/^(debug\d|OpenSSH_|Authenticated to|Transferred)/.test(line),
  );
  const cause = telling.slice(-3).join('; ');
  if (/Permission denied|Too many authentication failures/.test(said)) return loginRefused(access, cause);
  return unreachable(access, cause || 'the connection was closed during the login');
}
