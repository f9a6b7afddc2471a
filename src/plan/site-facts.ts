import { OpsError } from '../core/errors.ts';
import type { Fact } from '../core/fact.ts';
import { join, raw, type Script, sh } from '../core/script.ts';
import { reveal } from '../core/secret.ts';
import { type Target, variable } from '../core/target.ts';

/** A service elsewhere that JAWS Site must be able to reach. */
export interface Endpoint {
  readonly name: 'database' | 'message broker';
  readonly host: string;
  readonly port: string;
}

/** What a site is like, apart from supervisor and software. */
export interface SiteFacts {
  readonly account: string;
  readonly hostname: string;
  readonly groups: readonly string[];
  /** Groups of the configuration that the site does not know. */
  readonly unknownGroups: readonly string[];
  /** Content of the lock's owner file, e.g. `job=… attempt=1 who=ada since=…`; empty text when it has none. */
  readonly lock?: string;
  /** How long the lock has been there, by the site's own clock. */
  readonly lockAgeSec?: number;
  readonly endpoints: readonly { readonly endpoint: Endpoint; readonly reachable: boolean }[];
  /** Generated files that were changed on the site since they were written. */
  readonly drifted: readonly string[];
  /** Whether the install folder is there already. */
  readonly installed: boolean;
  /** Whether the account can create the install folder or write into it. */
  readonly writable: boolean;
  /** KiB free where the install folder is or will be. */
  readonly freeKiB?: number;
  /** Difference between the site's clock and ours, in seconds, at the time of parsing. */
  readonly epochSec: number;
}

/** The hosts JAWS Site talks to, from the target's variables. */
export function endpointsOf(target: Target): readonly Endpoint[] {
  const text = (name: string) => reveal(variable(target, name));
  return [
    { name: 'database', host: text('JAWS_DB_HOST'), port: text('JAWS_DB_PORT') },
    { name: 'message broker', host: text('JAWS_RMQ_HOST'), port: text('JAWS_RMQ_PORT') },
  ];
}

/** Seconds a site gets to open a TCP connection to each endpoint; both are tried at the same time. */
const REACH_SEC = 4;

/** One read-only look at account, host, lock, reachability, drift and disk. */
export function siteFacts(target: Target): Fact<SiteFacts> {
  const endpoints = endpointsOf(target);
  const groups = [
    ...new Set(['JAWS_GROUP', 'JAWS_USERS_GROUP'].map((name) => reveal(variable(target, name)))),
  ].filter((g) => g !== '');
  const { install, ops } = target.paths;
  return {
    name: 'site',
    script: join([
      // Reachability first and in the background: the slowest of all, and nothing else waits for it.
      reachScript(endpoints),
      raw(`printf 'account %s\\n' "$(id -un)"
printf 'groups %s\\n' "$(id -Gn)"
read -r hostname </proc/sys/kernel/hostname
printf 'hostname %s\\n' "$hostname"
printf 'epoch %s\\n' "$(date +%s)"`),
      ...groups.map((group) => sh`getent group ${group} >/dev/null || printf 'unknown-group %s\\n' ${group}`),
      sh`if made=$(stat -c %Y ${`${ops}/lock`} 2>/dev/null); then
  printf 'lock %s\\n' "$(head -n 1 ${`${ops}/lock/owner`} 2>/dev/null)"
  printf 'lock-age %s\\n' "$(($(date +%s) - made))"
fi`,
      sh`[ ! -d ${install} ] || echo installed`,
      sh`near=${install}`,
      raw(`while [ ! -d "$near" ] && [ "$near" != / ]; do near=\${near%/*}; near=\${near:-/}; done
[ ! -w "$near" ] || echo writable
df -Pk "$near" 2>/dev/null | { read -r _; read -r _ _ _ free _ && printf 'free %s\\n' "$free"; }`),
      sh`if [ -r ${`${ops}/files.sha256`} ]; then sha256sum -c --quiet ${`${ops}/files.sha256`} 2>/dev/null | sed -n -e 's/^/drift /' -e 's/: FAILED.*$//p'; fi`,
      raw('wait'),
    ]),
    parse: (stdout) => parseSite(stdout, endpoints),
  };
}

/** Opens TCP connections with bash's own /dev/tcp, which needs no tool that a site may lack. */
function reachScript(endpoints: readonly Endpoint[]): Script {
  const addresses = endpoints.map(({ host, port }) => `/dev/tcp/${host}/${port}`);
  return sh`timeout ${REACH_SEC} bash -c ${REACH} reach ${addresses} 2>/dev/null &`;
}

/** Tells the numbers of those addresses that can be reached, all of them tried at the same time. */
const REACH = `i=0
for address; do
  { : <"$address" && echo "reach $i"; } &
  i=$((i + 1))
done
wait`;

function parseSite(stdout: string, endpoints: readonly Endpoint[]): SiteFacts {
  const lines = stdout.split('\n').map((line) => {
    const space = line.indexOf(' ');
    return space < 0 ? { key: line, value: '' } : { key: line.slice(0, space), value: line.slice(space + 1) };
  });
  const all = (key: string) => lines.filter((line) => line.key === key).map((line) => line.value);
  const one = (key: string): string => {
    const [value] = all(key);
    if (value === undefined)
      throw new OpsError('site.output', `the site did not tell its ${key}: ${stdout.slice(0, 200)}`);
    return value;
  };
  const lock = all('lock')[0];
  const lockAge = all('lock-age')[0];
  const free = all('free')[0];
  const reached = new Set(all('reach').map(Number));
  return {
    account: one('account'),
    hostname: one('hostname'),
    groups: one('groups').split(' '),
    unknownGroups: all('unknown-group'),
    endpoints: endpoints.map((endpoint, i) => ({ endpoint, reachable: reached.has(i) })),
    drifted: all('drift'),
    installed: all('installed').length > 0,
    writable: all('writable').length > 0,
    epochSec: Number(one('epoch')),
    ...(lock === undefined ? {} : { lock }),
    ...(lockAge === undefined ? {} : { lockAgeSec: Number(lockAge) }),
    ...(free === undefined ? {} : { freeKiB: Number(free) }),
  };
}
