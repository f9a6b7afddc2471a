import { OpsError } from '../core/errors.ts';
import type { Fact } from '../core/fact.ts';
import { pythonProblemIn, recordPython } from '../core/python.ts';
import { parseRecord, type RecordedText, recorded } from '../core/record.ts';
import { join, raw, type Script, sh } from '../core/script.ts';
import { sitePath } from '../core/site-path.ts';
import type { Target } from '../core/target.ts';

/** A folder's file system: sizes in KiB and numbers of files. */
export interface Volume {
  readonly folder: string;
  readonly freeKiB: number;
  readonly totalKiB: number;
  readonly freeInodes: number;
  readonly totalInodes: number;
}

/** Who listens on a port. */
export interface PortHolder {
  readonly port: number;
  readonly user: string;
  /** Process id and command line; absent when it belongs to another account. */
  readonly pid?: number;
  readonly command?: string;
}

/** What a site's host is like, whatever is installed there. */
export interface HostFacts {
  /** The host's clock at the end of the look, in seconds since the epoch. */
  readonly epochSec: number;
  readonly volumes: readonly Volume[];
  readonly holders: readonly PortHolder[];
  readonly python?: string;
  readonly pythonProblem?: string;
  /** First line of `apptainer --version`, or undefined when there is none. */
  readonly apptainer?: string;
  /** `scontrol ping`, where Slurm's tools are. */
  readonly slurm?: RecordedText;
}

/** One read-only look at a host. `ports` are those whose holders are asked for; needs a login shell. */
export function hostFacts(
  target: Target,
  ports: readonly number[],
  folders: readonly string[],
): Fact<HostFacts> {
  const apptainer = target.env.values['JAWS_APPTAINER_PATH'] || 'apptainer';
  return {
    name: 'host',
    script: recorded(
      join([
        raw(FUNCTIONS),
        ...folders.map((folder) => sh`volume ${folder}`),
        raw('volume "$HOME"'),
        ...ports.map(portScript),
        sh`tool=$({ printf '%s\\n' ${sitePath(apptainer)}; } 2>/dev/null)
if out=$("$tool" --version 2>/dev/null | head -n 1) && [ -n "$out" ]; then put apptainer "$out"; fi
if command -v scontrol >/dev/null 2>&1; then
  code=0
  out=$(timeout 20 scontrol ping 2>&1) || code=$?
  show slurm "$code" "$out"
fi`,
        sh`(
${recordPython(target)}
)`,
        raw('put epoch "$(date +%s)"'),
      ]),
    ),
    parse: (stdout) => parseHost(target, stdout),
  };
}

const FUNCTIONS = `volume() {
  near=$1
  while [ ! -d "$near" ] && [ "$near" != / ] && [ -n "$near" ]; do near=\${near%/*}; done
  near=\${near:-/}
  put volume "$(df -Pk "$near" 2>/dev/null | awk 'NR == 2 { print $2, $4 }') $(df -Pi "$near" 2>/dev/null | awk 'NR == 2 { print $2, $4 }') $1"
}
holder() {
  seen=$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port=":$2" '$4 == "0A" && substr($2, length($2) - 4) == port { print $8, $10; exit }')
  [ -n "$seen" ] || return 0
  user=$(id -nu "\${seen%% *}" 2>/dev/null || printf 'uid-%s' "\${seen%% *}")
  fd=$(find /proc/[0-9]*/fd -lname "socket:\\[\${seen#* }\\]" 2>/dev/null | head -n 1)
  owner=\${fd#/proc/}
  owner=\${owner%%/*}
  if [ -z "$owner" ]; then put holder "$1 $user"
  else put holder "$1 $user $owner $(tr '\\0\\n' '  ' <"/proc/$owner/cmdline" 2>/dev/null | cut -c1-300)"
  fi
}`;

function portScript(port: number): Script {
  return sh`holder ${port} ${port.toString(16).toUpperCase().padStart(4, '0')}`;
}

function parseHost(target: Target, stdout: string): HostFacts {
  const record = parseRecord(stdout, `${target.site}: host`);
  const epochSec = Number(record.value('epoch'));
  if (!Number.isInteger(epochSec) || epochSec <= 0)
    throw new OpsError('site.output', `${target.site}: the host did not tell its time`);
  const python = record.value('python');
  const pythonProblem = pythonProblemIn(target, record);
  const apptainer = record.value('apptainer');
  const slurm = record.text('slurm');
  return {
    epochSec,
    volumes: record.values('volume').flatMap(parseVolume),
    holders: record.values('holder').flatMap(parseHolder),
    ...(python === undefined ? {} : { python }),
    ...(pythonProblem === undefined ? {} : { pythonProblem }),
    ...(apptainer === undefined ? {} : { apptainer }),
    ...(slurm === undefined ? {} : { slurm }),
  };
}

function parseVolume(text: string): readonly Volume[] {
  const [, total, free, inodes, freeInodes, folder] =
    /^(\d+) (-?\d+) (\d+|-) (-?\d+|-) (.+)$/.exec(text) ?? [];
  if (folder === undefined) return [];
  const number = (value: string | undefined) => (value === undefined || value === '-' ? 0 : Number(value));
  return [
    {
      folder,
      totalKiB: number(total),
      freeKiB: number(free),
      totalInodes: number(inodes),
      freeInodes: number(freeInodes),
    },
  ];
}

function parseHolder(text: string): readonly PortHolder[] {
  const [, port, user, pid, command] = /^(\d+) (\S+)(?: (\d+) (.*))?$/.exec(text) ?? [];
  if (port === undefined || user === undefined) return [];
  return [
    {
      port: Number(port),
      user,
      ...(pid === undefined ? {} : { pid: Number(pid), command: (command ?? '').trim() }),
    },
  ];
}
