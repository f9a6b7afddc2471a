import type { SiteSpec } from './site-spec.ts';

/** A file of a site that is made anew at each boot. */
export interface BootFile {
  readonly path: string;
  readonly mode: string;
  readonly content: string;
}

/** Address of the host behind a gateway, inside the site. */
export const INNER_ADDRESS = '127.0.0.2';
const USER_CA = '/etc/ssh/user_ca.pub';
export const CREDENTIALS = '/run/stand-in/credentials.json';
/** Addresses inside a site with a Slurm, which looks up no name on a host that has none but 127.0.0.1. */
export const LOGIN_ADDRESS = '10.249.0.7';
export const WORKFLOW_ADDRESS = '10.249.1.1';
/** The node that its jobs run on: a host name of its own on the site's kernel. */
export const WORKFLOW_NODE = 'workflow01';
/** The hosts file of such a site: its DNS, which the stand-in of nsupdate replaces as a whole. */
export const DNS_HOSTS = '/var/lib/stand-in-dns/hosts';

/** Public keys that open a site: of a login, and of the CA whose certificates do as well. */
export interface LoginKeys {
  readonly authorizedKey: string;
  readonly userCa: string;
}

/** /etc of a site and its stand-ins for what a cluster's administrators install. */
export function siteFiles(spec: SiteSpec, keys: LoginKeys): readonly BootFile[] {
  const public_ = (path: string, lines: readonly string[], mode = '644'): BootFile => ({
    path,
    mode,
    content: `${lines.join('\n')}\n`,
  });
  const accounts = spec.login === spec.service ? [spec.service] : [spec.service, spec.login];
  const innerNames = (spec.inner?.names ?? []).flatMap((name) => [name, name.replace(/\..*/, '')]);
  const ownNames = spec.slurm || innerNames.includes(spec.hostname) ? [] : [spec.hostname];
  const pam = ['auth', 'account', 'password', 'session'].map((kind) => `${kind} required pam_permit.so`);
  return [
    public_('/etc/passwd', [
      'root:x:0:0:root:/root:/bin/bash',
      'daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin',
      'sshd:x:105:65534::/run/sshd:/usr/sbin/nologin',
      'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin',
      ...accounts.map((a) => `${a.name}:x:${a.uid}:${a.gid}::${a.home}:${spec.place.shell ?? '/bin/bash'}`),
    ]),
    // `*` and not `!`: sshd refuses keys of an account whose password is locked.
    public_(
      '/etc/shadow',
      ['root', ...accounts.map((a) => a.name)].map((name) => `${name}:*:20000:0:99999:7:::`),
      '600',
    ),
    public_('/etc/group', [
      'root:x:0:',
      'daemon:x:1:',
      'tty:x:5:',
      'systemd-journal:x:106:',
      'nogroup:x:65534:',
      ...spec.groups.map((group) => `${group.name}:x:${group.gid}:${group.members.join(',')}`),
    ]),
    public_('/etc/hostname', [spec.hostname]),
    public_(spec.slurm ? DNS_HOSTS : '/etc/hosts', [
      ...(spec.slurm ? [`${LOGIN_ADDRESS} ${spec.hostname}`, `${WORKFLOW_ADDRESS} ${WORKFLOW_NODE}`] : []),
      `127.0.0.1 ${['localhost', ...ownNames, ...spec.aliases].join(' ')}`,
      `127.0.0.1 ${spec.mysql.host} ${spec.rabbitmq.host}`,
      ...(spec.inner ? [`${INNER_ADDRESS} ${innerNames.join(' ')}`] : []),
    ]),
    public_('/etc/nsswitch.conf', [
      'passwd: files',
      'group: files',
      'shadow: files',
      'hosts: files',
      'services: files',
    ]),
    public_('/etc/profile', [
      'PATH=/usr/local/bin:/usr/bin:/bin',
      'export PATH',
      'umask 022',
      'for file in /etc/profile.d/*.sh; do [ -r "$file" ] && . "$file"; done',
      'unset file',
    ]),
    // csh reads these in place of /etc/profile; both files, for a login.
    public_('/etc/csh.cshrc', ['umask 022']),
    public_('/etc/csh.login', [
      'setenv PATH /usr/local/bin:/usr/bin:/bin',
      'setenv LC_ALL csh_US.UTF-8',
      "echo '*** Welcome to the stand-in of a login node. ***'",
    ]),
    public_('/etc/profile.d/site.sh', ['# A place of the sandbox.', ...spec.place.profile]),
    // The order that the stand-in of JAWS Site follows as well, before its Python is loaded: where a service that fails
    // took seconds for that, as on a busy machine, its supervisor would call it running for as long.
    public_('/etc/profile.d/faults.sh', [
      'case $0 in',
      '  /*/bin/*)',
      '    if [ -e "${0%/bin/*}/config/fail-${0##*/}" ]; then',
      '      echo "jaws-site ${0##*/}: ordered to fail by ${0%/bin/*}/config/fail-${0##*/}" >&2',
      '      exit 1',
      '    fi ;;',
      'esac',
    ]),
    ...(spec.modules.length > 0 ? [public_('/etc/profile.d/modules.sh', moduleFunction(spec.modules))] : []),
    public_('/etc/sudoers', sudoers(spec), '440'),
    ...['sudo', 'sudo-i', 'other'].map((name) => public_(`/etc/pam.d/${name}`, pam)),
    public_('/etc/ssh/sshd_config', sshdConfig('/etc/ssh/host_ed25519', spec)),
    ...(spec.inner
      ? [
          public_('/etc/ssh/inner_config', [
            `ListenAddress ${INNER_ADDRESS}:${spec.inner.port}`,
            ...sshdConfig('/etc/ssh/inner_ed25519', spec),
          ]),
        ]
      : []),
    ...(spec.certificates
      ? [public_(USER_CA, [keys.userCa])]
      : [public_(`/etc/ssh/authorized_keys/${spec.login.name}`, [keys.authorizedKey])]),
    ...pythonNames(spec).map((path) =>
      public_(
        path,
        ['#!/bin/sh', "# Stand-in: the cluster's Python is the machine's own.", 'exec /usr/bin/python3 "$@"'],
        '755',
      ),
    ),
  ];
}

function sshdConfig(hostKey: string, spec: SiteSpec): readonly string[] {
  return [
    `HostKey ${hostKey}`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'PermitRootLogin no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    spec.certificates ? `TrustedUserCAKeys ${USER_CA}` : 'AuthorizedKeysFile /etc/ssh/authorized_keys/%u',
    'AllowTcpForwarding yes',
    'X11Forwarding no',
    'PrintMotd no',
    'PrintLastLog no',
    'UseDNS no',
    'MaxStartups 100',
    'LogLevel VERBOSE',
    'Subsystem sftp internal-sftp',
  ];
}

function sudoers(spec: SiteSpec): readonly string[] {
  return [
    'Defaults env_reset, !syslog, secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"',
    'root ALL=(ALL:ALL) ALL',
    ...(spec.login === spec.service ? [] : [`${spec.login.name} ALL=(${spec.service.name}) NOPASSWD: ALL`]),
  ];
}

/** Where the configured Python is: behind its modules where the site has some, else on everybody's PATH. */
function pythonNames(spec: SiteSpec): readonly string[] {
  if (spec.python === 'python3') return [];
  return spec.modules.length === 0
    ? [`/usr/local/bin/${spec.python}`]
    : spec.modules.map((name) => `/opt/modules/${name}/bin/${spec.python}`);
}

function moduleFunction(modules: readonly string[]): readonly string[] {
  return [
    '# Stand-in for the environment modules of a cluster.',
    'module() {',
    '  [ "${1:-}" != -t ] || shift',
    '  case "${1:-}" in',
    '    load | add) ;;',
    `    avail) printf '%s\\n' /opt/modules: ${modules.join(' ')} >&2; return 0 ;;`,
    '    unload | purge | list) return 0 ;;',
    '    *) echo "module (stand-in): unknown subcommand \'${1:-}\'" >&2; return 1 ;;',
    '  esac',
    '  shift',
    '  for module_name in "$@"; do',
    '    case "$module_name" in',
    `      ${modules.join(' | ')}) PATH="/opt/modules/$module_name/bin:$PATH" ;;`,
    '      *) echo "module (stand-in): unknown module: $module_name" >&2; return 1 ;;',
    '    esac',
    '  done',
    '}',
  ];
}
