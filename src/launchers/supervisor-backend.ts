import { OpsError } from '../core/errors.ts';
import type { Fact } from '../core/fact.ts';
import type { Finding } from '../core/finding.ts';
import { contained, parseRecord, recorded } from '../core/record.ts';
import { join, type Script, sh } from '../core/script.ts';
import type { ServiceStatus } from '../core/service.ts';
import type { Target } from '../core/target.ts';
import type { Launched } from './launcher.ts';
import { type LegacyLayout, legacyLayout } from './supervisord-layout.ts';
import type { SupervisordFacts } from './supervisord-observe.ts';
import { supervisordPaths } from './supervisord-paths.ts';
import { FAIL_UNASKED } from './supervisord-shell.ts';
import { type Answer, answerOf, type ProcessLine, parseStatus, statusOf } from './supervisord-status.ts';

/** What is observed of the second supervisord of the older layout, the one of JTM and Cromwell. */
export interface BackendFacts {
  readonly conf: boolean;
  readonly answer: Answer | 'unasked';
  readonly said?: string;
  readonly processes: readonly ProcessLine[];
}

/** What is observed of a target whose services run under supervisord. */
export interface SupervisorFacts extends SupervisordFacts {
  /** Only in the older layout. */
  readonly backend?: BackendFacts;
}

/** The look at our supervisord and, in the older layout, at the backend's as well. */
export function withBackend(target: Target, fact: Fact<SupervisordFacts>): Fact<SupervisorFacts> {
  const layout = legacyLayout(target);
  if (layout === undefined) return fact;
  const look = sh`if [ -r ${layout.backend.conf} ]; then
  put backendConf yes
  ask_backend status
  show backend "$code" "$out"
else put backendConf no
fi`;
  return {
    name: fact.name,
    script: join([fact.script, recorded(join([askFunction(target, layout), look]))]),
    parse: (stdout, code) => ({ ...fact.parse(stdout, code), backend: parseBackend(target, stdout) }),
  };
}

function parseBackend(target: Target, stdout: string): BackendFacts {
  const record = parseRecord(stdout, `${target.id}: backend`);
  const conf = record.value('backendConf');
  if (conf === undefined)
    throw new OpsError('site.output', `${target.id}: the site did not tell how the backend is`);
  const status = record.text('backend');
  const said = status?.lines.join('\n') ?? '';
  const answer = status === undefined ? 'unasked' : answerOf(status.code, said);
  return {
    conf: conf === 'yes',
    answer,
    processes: parseStatus(status?.lines ?? []),
    ...(answer === 'answered' || status === undefined ? {} : { said }),
  };
}

/** What the facts say of JAWS Site, with the backend's programs behind its services. */
export function launchedWithBackend(target: Target, launched: Launched, facts: SupervisorFacts): Launched {
  const layout = legacyLayout(target);
  if (layout === undefined || facts.backend === undefined) return launched;
  const rows = backendRows(layout, facts.backend);
  const services = [...launched.services, ...rows];
  if (launched.condition !== 'running' || rows.every((row) => row.condition === 'running'))
    return { ...launched, services };
  return { ...launched, services, condition: 'degraded', detail: 'the backend is not running as a whole' };
}

function backendRows({ backend }: LegacyLayout, facts: BackendFacts): readonly ServiceStatus[] {
  const lines = facts.processes.filter(({ group }) => group === backend.group);
  if (facts.answer === 'answered' && lines.length > 0)
    return lines.map((line) => statusOf(line.unit.slice(backend.group.length + 1), line.unit, line));
  const unit = `${backend.group}:*`;
  const row = (condition: ServiceStatus['condition'], detail: string) => [
    { service: 'backend', unit, condition, detail },
  ];
  // A deployment without a backend is whole without it; the check says that there is none.
  if (!facts.conf) return [];
  if (facts.answer === 'answered')
    return row('missing', `its supervisord does not know the group ${backend.group}`);
  if (facts.answer === 'refused') return row('stopped', 'its supervisord is down');
  return row('unknown', facts.said?.trim().split('\n').at(-1) ?? 'it does not answer');
}

/** Whether the backend can be stopped and started with JAWS Site. */
export function backendFindings(target: Target, { backend }: SupervisorFacts): readonly Finding[] {
  const layout = legacyLayout(target);
  if (layout === undefined || backend === undefined) return [];
  const finding = (level: Finding['level'], message: string, next?: string): readonly Finding[] => [
    { level, subject: 'backend', message, ...(next === undefined ? {} : { next }) },
  ];
  const { conf, group } = layout.backend;
  if (!backend.conf) return finding('warn', `${conf} is missing; only JAWS Site is stopped and started`);
  if (backend.answer === 'refused') return finding('warn', 'its supervisord is down and will be started');
  // Without a wrapper nothing can be asked yet; the first deploy in this layout brings one.
  if (backend.answer === 'no-tool') return finding('warn', 'cannot be asked before the wrappers are written');
  if (backend.answer !== 'answered')
    return finding(
      'fail',
      `cannot be asked: ${backend.said?.trim().split('\n').at(-1) ?? backend.answer}`,
      `Compare ${conf} with the supervisord that runs.`,
    );
  if (!backend.processes.some((line) => line.group === group))
    return finding(
      'fail',
      `its supervisord does not know the group ${group}`,
      'Correct launcher.legacy.backend.group.',
    );
  return finding('ok', `answers with group ${group}`);
}

/** `ask_backend WORD…`, as `ask` does for our own. */
function askFunction(target: Target, { backend }: LegacyLayout): Script {
  const { supervisorctl, venv } = supervisordPaths(target);
  return sh`ask_backend() {
  code=0
  if [ -x ${supervisorctl} ]; then out=$(${supervisorctl} -c ${backend.conf} "$@" 2>&1) || code=$?
  else out=$(${venv}/bin/supervisorctl -c ${backend.conf} "$@" 2>&1) || code=$?
  fi
}`;
}

/** Seconds a supervisord that was just started gets to answer. */
const ANSWER_SEC = 20;

/** Starts the backend, its supervisord first when that is down; before JAWS Site, which talks to it. */
export function startBackend(target: Target, layout: LegacyLayout): Script {
  const { conf, group } = layout.backend;
  return contained(
    join([
      askFunction(target, layout),
      FAIL_UNASKED,
      sh`if [ ! -r ${conf} ]; then warn ${`${conf} is missing: the backend is not started`}; exit 0; fi
ask_backend status
case "$code:$out" in
  0:* | 3:*) ;;
  4:*'refused connection'*)
    code=0
    out=$(${supervisordPaths(target).supervisord} -c ${conf} 2>&1) || code=$?
    [ "$code" -eq 0 ] || fail_unasked 'supervisord of the backend cannot be started'
    end=$(($(date +%s) + ${ANSWER_SEC}))
    while ask_backend status; do
      case "$code" in 0 | 3) break ;; esac
      [ "$(date +%s)" -lt "$end" ] || fail_unasked ${`supervisord of the backend does not answer within ${ANSWER_SEC} s`}
      sleep 0.5
    done
    did 'supervisord of the backend was down and has been started' ;;
  *) fail_unasked 'supervisord of the backend' ;;
esac
ask_backend start ${`${group}:*`}
[ -z "$out" ] || printf '%s\\n' "$out"
case "$code" in
  0) did 'the backend is started' ;;
  7) warn 'not every program of the backend started' ;;
  *) fail_unasked ${`start ${group}:* of the backend`} ;;
esac`,
    ]),
  );
}

/** Stops the backend's group; its supervisord goes on. What is down or not there is as wished. */
export function stopBackend(target: Target, layout: LegacyLayout): Script {
  const { conf, group } = layout.backend;
  return contained(
    join([
      askFunction(target, layout),
      FAIL_UNASKED,
      sh`if [ ! -r ${conf} ]; then did 'no backend is set up: nothing to stop'; exit 0; fi
ask_backend stop ${`${group}:*`}
case "$code:$out" in
  0:*) [ -z "$out" ] || printf '%s\\n' "$out"
    did 'the backend is stopped' ;;
  4:*'refused connection'*) did 'supervisord of the backend is down: nothing to stop' ;;
  *'no such group'* | *'no such process'*) did 'the backend does not know its group: nothing to stop' ;;
  *) fail_unasked ${`stop ${group}:* of the backend`} ;;
esac`,
    ]),
  );
}
