import { OpsError } from '../core/errors.ts';
import type { Fact } from '../core/fact.ts';
import { pythonProblemIn } from '../core/python.ts';
import { parseRecord, type RecordedFacts, recorded } from '../core/record.ts';
import { join, raw, type Script, sh } from '../core/script.ts';
import { Secret } from '../core/secret.ts';
import type { Target } from '../core/target.ts';
import type { ServiceLog } from './launcher.ts';
import { ownProcessesFunction } from './own-processes.ts';
import { supervisordOptions } from './supervisord-options.ts';
import { commandOf, supervisordPaths } from './supervisord-paths.ts';
import { aliveFunction, askFunction, holderFunction } from './supervisord-shell.ts';
import { type Answer, answerOf, type ProcessLine, parseStatus } from './supervisord-status.ts';
import { venvScript } from './supervisord-venv.ts';

/** A process that runs from the target's venvs. */
export interface OwnProcess {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly command: string;
}

/** What is observed of supervisord at a site. */
export interface SupervisordFacts {
  /** supervisord's own venv: `other` when it holds another package than configured; a settle does not try whether it works. */
  readonly venv: 'missing' | 'broken' | 'other' | 'ok';
  readonly supervisorVersion?: string;
  readonly wrapper: 'missing' | 'not-executable' | 'ok';
  readonly conf: boolean;
  readonly siteConf: boolean;
  /** Service files that are missing or cannot be executed, by path. */
  readonly badCommands: readonly string[];
  /** What supervisorctl's answer means; `unasked` when there is no wrapper or configuration to ask with. */
  readonly answer: Answer | 'unasked';
  /** What supervisorctl said when it did not answer. */
  readonly said?: string;
  readonly processes: readonly ProcessLine[];
  /** Process id of supervisord, when it lives. */
  readonly pid?: number;
  /** Who holds supervisord's port while it does not answer. */
  readonly portHolder?: string;
  /** Whether supervisor.conf on the site has the configured password; undefined when that cannot be told. */
  readonly samePassword?: boolean;
  /** Processes from the target's venvs that supervisord does not know of. */
  readonly orphans: readonly OwnProcess[];
  /** Why supervisord's venv cannot be built, when it must be. */
  readonly pythonProblem?: string;
  /** After a settle that ended before every service was past its settle time: that time, in seconds. */
  readonly unsettledSec?: number;
  /** Only after a settle. */
  readonly logs: readonly ServiceLog[];
}

/** What a look at a site without any supervisord says. */
export const NO_SUPERVISORD: SupervisordFacts = {
  venv: 'missing',
  wrapper: 'missing',
  conf: false,
  siteConf: false,
  badCommands: [],
  answer: 'unasked',
  processes: [],
  orphans: [],
  logs: [],
};

/** The read-only look at supervisord and its services, in one script. */
export function observeSupervisord(target: Target): Fact<SupervisordFacts> {
  return {
    name: 'supervisor',
    script: recorded(join([lookFunctions(target), lookScript(target)])),
    parse: (stdout) => parseLook(target, stdout),
  };
}

export function lookFunctions(target: Target): Script {
  return join([
    askFunction(target),
    aliveFunction(target),
    holderFunction(target),
    ownProcessesFunction(target),
    passwordFunction(target),
  ]);
}

/** Records everything {@link parseLook} reads; leaves what `supervisorctl status` said in `$status`. */
export function lookScript(target: Target): Script {
  const { venv, conf, supervisorctl } = supervisordPaths(target);
  return join([
    partsScript(target),
    sh`[ ! -r ${conf} ] || put password "$(password)"
code=none
status=
if [ -r ${conf} ] && { [ -x ${supervisorctl} ] || [ -x ${venv}/bin/supervisorctl ]; }; then
  ask status
  status=$out
  show status "$code" "$status"
  case "$code" in 0 | 3) ;; *) put holder "$(holder)" ;; esac
else put holder "$(holder)"
fi
if alive; then put pid "$pid"; fi
own_processes | while read -r line; do put process "$line"; done`,
    venvScript(target),
  ]);
}

/** Records which files of supervisord's are there. */
export function partsScript(target: Target): Script {
  const { conf, siteConf, supervisorctl } = supervisordPaths(target);
  const commands = target.services.map((service) => commandOf(target, service));
  return join([
    sh`if [ -x ${supervisorctl} ]; then put wrapper ok; elif [ -e ${supervisorctl} ]; then put wrapper not-executable; else put wrapper missing; fi`,
    sh`if [ -r ${conf} ]; then put conf yes; else put conf no; fi`,
    sh`if [ -r ${siteConf} ]; then put siteConf yes; else put siteConf no; fi`,
    sh`for file in ${commands}; do [ -x "$file" ] || put badCommand "$file"; done`,
  ]);
}

/**
 * `password`: prints `same`, `other` or `unknown` for the client password in supervisor.conf on the site. Compared by
 * the shell itself, so that it stands in no process's arguments.
 */
function passwordFunction(target: Target): Script {
  const password = target.env.secrets['JAWS_SUPERVISORD_PW'];
  if (password === undefined) return raw('password() { echo unknown; }');
  const doubled = new Secret(password.name, password.reveal().replaceAll('%', '%%'));
  return sh`password() {
  section=
  while read -r line; do
    case "$line" in
      '['*) section=$line ;;
      password*=*)
        [ "$section" = '[supervisorctl]' ] || continue
        found=\${line#*=}
        found=\${found# }
        if [ "$found" = ${doubled} ]; then echo same; else echo other; fi
        return ;;
    esac
  done <${supervisordPaths(target).conf}
  echo unknown
}`;
}

/** @throws OpsError('site.output') when the script did not get to its end or said something unknown. */
export function parseLook(target: Target, stdout: string): SupervisordFacts {
  const record = parseRecord(stdout, `${target.id}: supervisor`);
  const status = record.text('status');
  const said = status?.lines.join('\n');
  const answer = status === undefined ? 'unasked' : answerOf(status.code, said ?? '');
  const processes = parseStatus(status?.lines ?? []);
  const pid = record.value('pid');
  const version = record.value('supervisorVersion');
  const holder = record.value('holder');
  const password = record.value('password');
  const problem = record.value('venv') === 'ok' ? undefined : pythonProblemIn(target, record);
  return {
    venv: oneOf(target, record, 'venv', ['missing', 'broken', 'other', 'ok']),
    wrapper: oneOf(target, record, 'wrapper', ['missing', 'not-executable', 'ok']),
    conf: record.value('conf') === 'yes',
    siteConf: record.value('siteConf') === 'yes',
    badCommands: record.values('badCommand'),
    answer,
    processes,
    orphans: orphansOf(record.values('process').flatMap(parseProcess), processes, Number(pid ?? 0)),
    logs: logsOf(target, record),
    ...(version === undefined ? {} : { supervisorVersion: version }),
    ...(answer === 'answered' || said === undefined ? {} : { said }),
    ...(pid === undefined ? {} : { pid: Number(pid) }),
    ...(holder === undefined || holder === '' ? {} : { portHolder: holder }),
    ...(password === 'same' || password === 'other' ? { samePassword: password === 'same' } : {}),
    ...(record.value('settled') === 'no' ? { unsettledSec: supervisordOptions(target).settleSec } : {}),
    ...(problem === undefined ? {} : { pythonProblem: problem.replace(/^it /, 'python ') }),
  };
}

function oneOf<T extends string>(
  target: Target,
  record: RecordedFacts,
  name: string,
  words: readonly T[],
): T {
  const value = record.value(name);
  const word = words.find((candidate) => candidate === value);
  if (word !== undefined) return word;
  throw new OpsError(
    'site.output',
    `${target.id}: supervisor: ${name}: got ${value === undefined ? 'nothing' : `"${value}"`}, expected ${words.join(' | ')}`,
  );
}

function parseProcess(text: string): readonly OwnProcess[] {
  const [, pid, parent, group, command] = /^(\d+) (\d+) (\d+) (.*)$/.exec(text) ?? [];
  if (command === undefined) return [];
  return [{ pid: Number(pid), parent: Number(parent), group: Number(group), command: command.trim() }];
}

/** supervisord makes each program the leader of a process group; what is in none of these groups is an orphan. */
function orphansOf(
  own: readonly OwnProcess[],
  processes: readonly ProcessLine[],
  supervisord: number,
): readonly OwnProcess[] {
  const known = new Set(processes.flatMap((line) => line.pid ?? []));
  for (const process of own) if (supervisord > 0 && process.parent === supervisord) known.add(process.pid);
  return own.filter((process) => !known.has(process.pid) && !known.has(process.group));
}

function logsOf(target: Target, record: RecordedFacts): readonly ServiceLog[] {
  return target.services.flatMap((service) => {
    const source = record.value(`logName.${service.name}`);
    const named = [
      { name: source ?? '', text: record.text(`log.${service.name}`) },
      { name: 'stderr', text: record.text(`stderr.${service.name}`) },
    ];
    return named.flatMap(({ name, text }) => {
      const lines = (text?.lines ?? []).filter((line) => line.trim() !== '').slice(-20);
      return lines.length === 0 ? [] : [{ service: service.name, source: name, lines }];
    });
  });
}
