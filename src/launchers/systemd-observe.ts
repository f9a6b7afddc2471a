import { OpsError } from '../core/errors.ts';
import type { Fact } from '../core/fact.ts';
import { parseRecord, type RecordedFacts, recorded } from '../core/record.ts';
import { join, type Script, sh } from '../core/script.ts';
import type { Target } from '../core/target.ts';
import type { ServiceLog } from './launcher.ts';
import { systemdOptions } from './systemd-options.ts';
import { ASK, orphansFunction, straysFunction, UNMET } from './systemd-shell.ts';
import { type Answer, answerOf, parseUnit, type UnitState } from './systemd-unit-state.ts';
import { commandOf, unitsOf } from './systemd-units.ts';

/** What is observed of the account's systemd at a site. */
export interface SystemdFacts {
  readonly answer: Answer;
  /** What systemctl said when it did not answer. */
  readonly said?: string;
  readonly account: string;
  readonly host: string;
  /** Whether the account's systemd runs without a login; undefined when that cannot be told. */
  readonly linger?: boolean;
  readonly units: readonly UnitState[];
  /** Names of our units whose files are in place. */
  readonly files: readonly string[];
  /** Service files that are missing or cannot be executed, by path. */
  readonly badCommands: readonly string[];
  /** Units of this target for services that it does not have. */
  readonly orphans: readonly string[];
  /** Processes from the target's venvs that are in none of its units: `PID COMMAND`. */
  readonly strays: readonly string[];
  /** After a settle that ended before every service was past its settle time: that time, in seconds. */
  readonly unsettledSec?: number;
  /** Only after a settle. */
  readonly logs: readonly ServiceLog[];
}

/** The read-only look at systemd and our units, in one script. */
export function observeSystemd(target: Target): Fact<SystemdFacts> {
  return {
    name: 'systemd',
    script: recorded(join([lookFunctions(target), lookScript(target)])),
    parse: (stdout) => parseLook(target, stdout),
  };
}

export function lookFunctions(target: Target): Script {
  return join([ASK, UNMET, orphansFunction(target), straysFunction(target)]);
}

const PROPERTIES = [
  'LoadState',
  'LoadError',
  'ActiveState',
  'SubState',
  'Result',
  'MainPID',
  'NRestarts',
  'ExecMainCode',
  'ExecMainStatus',
  'ConditionResult',
  'ConditionTimestamp',
].map((name) => `--property=${name}`);

/** Records everything {@link parseLook} reads. */
export function lookScript(target: Target): Script {
  return sh`put account "$me"
put host "$(uname -n)"
if [ -e "/var/lib/systemd/linger/$me" ]; then put linger yes
elif linger=$(loginctl show-user "$me" --property=Linger 2>/dev/null); then put linger "\${linger#Linger=}"
elif [ -d /var/lib/systemd ]; then put linger no
fi
for file in ${target.services.map((service) => commandOf(target, service))}; do [ -x "$file" ] || put badCommand "$file"; done
for unit in ${unitsOf(target)}; do
  if [ -r "$folder/$unit" ]; then put file "$unit"; fi
  ask show ${PROPERTIES} "$unit"
  show "unit.$unit" "$code" "$out"
  [ "$code" -eq 0 ] || break
  main=$(printf '%s\\n' "$out" | sed -n 's/^MainPID=//p')
  case $main in '' | 0) ;; *) put "age.$unit" "$(ps -o etimes= -p "$main" | tr -d ' ')" ;; esac
  case $out in *ConditionResult=no*) put "unmet.$unit" "$(unmet "$unit")" ;; esac
done
orphans | while read -r name; do put orphan "$name"; done
strays | while read -r line; do put stray "$line"; done`;
}

/** @throws OpsError('site.output') when the script did not get to its end. */
export function parseLook(target: Target, stdout: string): SystemdFacts {
  const subject = `${target.id}: systemd`;
  const record = parseRecord(stdout, subject);
  const account = record.value('account');
  const host = record.value('host');
  if (account === undefined || host === undefined) {
    throw new OpsError('site.output', `${subject}: got no account or host name of the site`);
  }
  const shown = unitsOf(target).flatMap((unit) => {
    const text = record.text(`unit.${unit}`);
    return text === undefined ? [] : [{ unit, ...text }];
  });
  const silent = shown.find(({ code }) => code !== 0);
  const said = silent?.lines.join('\n');
  const linger = record.value('linger');
  return {
    answer: silent === undefined ? 'answered' : answerOf(silent.code, said ?? ''),
    ...(said === undefined ? {} : { said }),
    account,
    host,
    ...(linger === 'yes' || linger === 'no' ? { linger: linger === 'yes' } : {}),
    units: shown
      .filter(({ code }) => code === 0)
      .map(({ unit, lines }) =>
        parseUnit(unit, lines, { ageSec: record.value(`age.${unit}`), unmet: record.value(`unmet.${unit}`) }),
      ),
    files: record.values('file'),
    badCommands: record.values('badCommand'),
    orphans: record.values('orphan'),
    strays: record.values('stray'),
    ...(record.value('settled') === 'no' ? { unsettledSec: systemdOptions(target).settleSec } : {}),
    logs: logsOf(target, record),
  };
}

function logsOf(target: Target, record: RecordedFacts): readonly ServiceLog[] {
  return target.services.flatMap((service) => {
    const named = [
      { name: record.value(`logName.${service.name}`) ?? '', text: record.text(`log.${service.name}`) },
      { name: 'journal', text: record.text(`journal.${service.name}`) },
    ];
    return named.flatMap(({ name, text }) => {
      const lines = (text?.lines ?? [])
        .filter((line) => line.trim() !== '' && !/^(-- No entries --|No journal files were)/.test(line))
        .slice(-20);
      return lines.length === 0 ? [] : [{ service: service.name, source: name, lines }];
    });
  });
}
