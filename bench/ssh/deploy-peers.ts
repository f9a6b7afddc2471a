import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { reveal } from '../../src/core/secret.ts';
import type { Target } from '../../src/core/target.ts';
import { foldersOf } from '../../src/plan/folders.ts';
import { collectOk } from '../../src/sandbox/process.ts';
import { filesOf, put, SETTLING, VERSION } from './sites.ts';

/** Where a target is reached, which may be by a detour that takes time. */
export interface Way {
  readonly target: Target;
  readonly port: number;
}

/** Release that a deploy by hand makes live. */
export const BY_HAND = `${VERSION}-hand`;

/** Files of one round as they lie on the deployer's disk, below a folder per target. */
export function renderRound(dir: string, targets: readonly Target[], round: number): void {
  for (const target of targets) {
    for (const file of filesOf(target, round))
      put(join(dir, target.site, relative(target, file.path)), reveal(file.content), file.mode);
  }
}

function relative(target: Target, path: string): string {
  if (!path.startsWith(`${target.paths.install}/`)) throw new RangeError(path);
  return path.slice(target.paths.install.length + 1);
}

/** Seconds until the services are looked at, after supervisord has called them RUNNING. */
const REST_SEC = SETTLING.settleSec - SETTLING.startSecs;

/** What is done at one site, as somebody who knows the site would write it. Files come as a tar on stdin. */
function handScript({ target }: Way): string {
  const { install, venv, venvs, bin } = target.paths;
  const folders = foldersOf(target).map(({ path, mode }) => `mkdir -p ${path} && chmod ${mode} ${path}`);
  return `set -e
${folders.join('\n')}
mkdir -p ${install}/.incoming
tar -xpf - -C ${install}/.incoming
ctl=${bin}/supervisorctl
$ctl stop 'jaws-site:*'
cp -rpf ${install}/.incoming/. ${install}/
ln -sfn ${venvs}/${BY_HAND} ${venv}
$ctl reread
$ctl update jaws-site
$ctl start 'jaws-site:*'
sleep ${REST_SEC}
[ "$($ctl status 'jaws-site:*' | grep -c RUNNING)" = ${target.services.length} ]
rm -rf ${install}/.incoming
readlink ${venv}
`;
}

/** A shell script that deploys to every site at once, each over one ssh: the least that the work takes. */
export function handWritten(dir: string, ways: readonly Way[]): () => Promise<void> {
  const lines = ways.map((way, i) => {
    put(join(dir, `site-${i}.sh`), handScript(way), 0o600);
    const files = join(dir, way.target.site);
    return `tar -C ${files} -cf - . | ssh ${sshOptions(way).join(' ')} ${login(way)} "$(cat ${dir}/site-${i}.sh)" &\npids="$pids $!"`;
  });
  const script = `set -o pipefail\n${lines.join('\n')}\nfor pid in $pids; do wait "$pid" || exit 1; done\n`;
  put(join(dir, 'deploy.sh'), script, 0o700);
  return async () => void (await collectOk(['bash', join(dir, 'deploy.sh')], { timeoutMs: 120_000 }));
}

export function login({ target }: Way): string {
  return `${target.access.user}@${target.access.host}`;
}

export function sshOptions(
  { target, port }: Way,
  known: string = target.access.knownHostsFile,
): readonly string[] {
  return [
    '-F',
    'none',
    '-p',
    `${port}`,
    '-i',
    target.access.identityFile ?? '',
    '-o',
    'IdentitiesOnly=yes',
    '-o',
    'BatchMode=yes',
    '-o',
    `UserKnownHostsFile=${known}`,
  ];
}

/** A playbook for the same: pipelining on, no facts gathered, every site at once. */
export function ansible(dir: string, ways: readonly Way[]): () => Promise<void> {
  const [first] = ways;
  if (first === undefined) throw new RangeError('no site');
  const { access } = first.target;
  const hosts = Object.fromEntries(
    ways.map((way) => [
      way.target.site,
      {
        ansible_host: access.host,
        ansible_port: way.port,
        ansible_user: access.user,
        ansible_ssh_private_key_file: access.identityFile,
        ansible_python_interpreter: '/usr/bin/python3',
        install: way.target.paths.install,
        venv: way.target.paths.venv,
        release: `${way.target.paths.venvs}/${BY_HAND}`,
        ctl: `${way.target.paths.bin}/supervisorctl`,
        folders: foldersOf(way.target).map(({ path, mode }) => ({ path, mode })),
        files: filesOf(way.target, 0).map(({ path, mode }) => ({
          src: join(dir, way.target.site, relative(way.target, path)),
          dest: path,
          mode: mode.toString(8).padStart(4, '0'),
        })),
      },
    ]),
  );
  put(join(dir, 'inventory.json'), JSON.stringify({ all: { hosts } }), 0o600);
  put(join(dir, 'playbook.json'), JSON.stringify([playbook(first.target.services.length)]), 0o600);
  put(
    join(dir, 'ansible.cfg'),
    `[defaults]\nforks=${ways.length}\ngathering=explicit\n[ssh_connection]\npipelining=True\nssh_args=-F none -o ControlMaster=auto -o ControlPersist=60s -o UserKnownHostsFile=${access.knownHostsFile}\n`,
    0o600,
  );
  const env = {
    PATH: process.env['PATH'],
    HOME: dir,
    ANSIBLE_CONFIG: join(dir, 'ansible.cfg'),
    LC_ALL: 'C.UTF-8',
  };
  return async () =>
    void (await collectOk(
      ['ansible-playbook', '-i', join(dir, 'inventory.json'), join(dir, 'playbook.json')],
      { env, timeoutMs: 400_000 },
    ));
}

function playbook(services: number) {
  const ctl = (words: string) => ({ 'ansible.builtin.command': `{{ ctl }} ${words}` });
  return {
    hosts: 'all',
    gather_facts: false,
    tasks: [
      {
        name: 'folders',
        'ansible.builtin.file': { path: '{{ item.path }}', mode: '{{ item.mode }}', state: 'directory' },
        loop: '{{ folders }}',
      },
      { name: 'stop', ...ctl('stop jaws-site:*') },
      {
        name: 'files',
        'ansible.builtin.template': {
          src: '{{ item.src }}',
          dest: '{{ item.dest }}',
          mode: '{{ item.mode }}',
        },
        loop: '{{ files }}',
      },
      {
        name: 'switch',
        'ansible.builtin.file': { src: '{{ release }}', dest: '{{ venv }}', state: 'link', force: true },
      },
      { name: 'reread', ...ctl('reread') },
      { name: 'update', ...ctl('update jaws-site') },
      { name: 'start', ...ctl('start jaws-site:*') },
      {
        name: 'status',
        // A pause of Ansible's own is a task more, and of whole seconds.
        'ansible.builtin.shell': `sleep ${REST_SEC}; {{ ctl }} status 'jaws-site:*'`,
        register: 'seen',
        failed_when: `seen.stdout_lines | select('search', 'RUNNING') | length != ${services}`,
      },
    ],
  };
}

const FABFILE = `import json, os, sys, threading, time
from fabric import Config, Connection

failed = []

def deploy(site):
    config = Config(overrides={'load_ssh_configs': False, 'run': {'hide': True}})
    connection = Connection(site['host'], user=site['user'], port=site['port'], config=config,
                            connect_kwargs={'key_filename': site['key'], 'look_for_keys': False, 'allow_agent': False})
    try:
        ctl = site['ctl']
        connection.run(' && '.join('mkdir -p %(path)s && chmod %(mode)s %(path)s' % f for f in site['folders']))
        connection.run(ctl + " stop 'jaws-site:*'")
        for file in site['files']:
            connection.put(file['src'], file['dest'])
        connection.run(' && '.join('chmod %(mode)s %(dest)s' % f for f in site['files']))
        connection.run('ln -sfn %s %s' % (site['release'], site['venv']))
        connection.run(ctl + ' reread')
        connection.run(ctl + ' update jaws-site')
        connection.run(ctl + " start 'jaws-site:*'")
        time.sleep(${REST_SEC})
        said = connection.run(ctl + " status 'jaws-site:*'", warn=True).stdout
        assert said.count('RUNNING') == site['services'], said
    except BaseException as error:
        failed.append(repr(error))
    finally:
        connection.close()

threads = [threading.Thread(target=deploy, args=(site,)) for site in json.load(open(sys.argv[1]))]
for thread in threads: thread.start()
for thread in threads: thread.join()
sys.exit('\\n'.join(failed) or 0)
`;

/** A program that uses Fabric for the same, a thread and one connection per site. */
export function fabric(dir: string, ways: readonly Way[]): () => Promise<void> {
  const sites = ways.map(({ target, port }) => ({
    host: target.access.host,
    user: target.access.user,
    port,
    key: target.access.identityFile,
    venv: target.paths.venv,
    release: `${target.paths.venvs}/${BY_HAND}`,
    ctl: `${target.paths.bin}/supervisorctl`,
    services: target.services.length,
    folders: foldersOf(target).map(({ path, mode }) => ({ path, mode })),
    files: filesOf(target, 0).map(({ path, mode }) => ({
      src: join(dir, target.site, relative(target, path)),
      dest: path,
      mode: mode.toString(8),
    })),
  }));
  put(join(dir, 'sites.json'), JSON.stringify(sites), 0o600);
  put(join(dir, 'deploy.py'), FABFILE, 0o600);
  const env = { PATH: process.env['PATH'], HOME: dir };
  return async () =>
    void (await collectOk(['/usr/bin/python3', join(dir, 'deploy.py'), join(dir, 'sites.json')], {
      env,
      timeoutMs: 300_000,
    }));
}

/** Whether a program is there to be compared with. */
export function isInstalled(program: string): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v "$1"', 'sh', program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
