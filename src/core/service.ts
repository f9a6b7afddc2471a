/**
 * The one catalogue of JAWS services. Names of the subcommand (also unit and shim), the supervisor program and the
 * log differ in real JAWS; whatever needs one of them asks here.
 */
export interface Service {
  /** Subcommand of `jaws-site`, and the name of the shim and of the systemd unit. */
  readonly name: string;
  /** Name of the program in supervisor's group. */
  readonly program: string;
  /** Log file's name under the log folder when started from a venv. */
  readonly venvLog: string;
  /** Log file's name under the log folder when started from an image. */
  readonly containerLog: string;
}

/** The supervisor group that is ours; other teams keep theirs in the same supervisord. */
export const SUPERVISOR_GROUP = 'jaws-site';

/** The four services of a JAWS Site in the order of supervisor's group. */
export const SERVICES: readonly Service[] = [
  { name: 'run-daemon', program: 'runs', venvLog: 'site-run-daemon.log', containerLog: 'run-daemon.log' },
  {
    name: 'transfer-daemon',
    program: 'transfers',
    venvLog: 'site-transfer-daemon.log',
    containerLog: 'transfer-daemon.log',
  },
  { name: 'rpc-server', program: 'rpc-server', venvLog: 'site-rpc.log', containerLog: 'rpc-server.log' },
  {
    name: 'message-consumer',
    program: 'message-consumer',
    venvLog: 'message-consumer.log',
    containerLog: 'message-consumer.log',
  },
];

/** How one service is, as its supervisor sees it. */
export const SERVICE_CONDITIONS = [
  'running',
  'starting',
  'stopping',
  'stopped',
  'fatal',
  'missing',
  'unknown',
] as const;
export type ServiceCondition = (typeof SERVICE_CONDITIONS)[number];

export const SERVICE_WORDS: Readonly<Record<ServiceCondition, string>> = {
  running: 'running',
  starting: 'starting',
  stopping: 'stopping',
  stopped: 'stopped',
  fatal: 'fatal',
  missing: 'not installed',
  unknown: 'unknown',
};

export interface ServiceStatus {
  readonly service: string;
  /** The name the launch tool uses for it, e.g. `jaws-site:runs`. */
  readonly unit: string;
  readonly condition: ServiceCondition;
  readonly pid?: number;
  readonly uptimeSec?: number;
  /** What the tool itself said, e.g. `Exited too quickly (process log may have details)`. */
  readonly detail?: string;
}

/** How a target is as a whole. Six cases an operator must be able to tell apart, and two between. */
export const TARGET_CONDITIONS = [
  'running',
  'degraded',
  'stopped',
  'fatal',
  'supervisor-down',
  'not-installed',
  'unreachable',
  'unknown',
] as const;
export type TargetCondition = (typeof TARGET_CONDITIONS)[number];

/** How a target is, in words that tell the cases apart. Whatever is read by people says it in these. */
export const TARGET_WORDS: Readonly<Record<TargetCondition, string>> = {
  running: 'running',
  degraded: 'degraded',
  stopped: 'stopped',
  fatal: 'fatal',
  'supervisor-down': 'supervisord down',
  'not-installed': 'not installed',
  unreachable: 'host unreachable',
  unknown: 'unknown',
};

export interface TargetStatus {
  readonly site: string;
  readonly deployment: string;
  readonly condition: TargetCondition;
  readonly services: readonly ServiceStatus[];
  /** Version the live install says it is. */
  readonly version?: string;
  /** Why, when the condition alone does not say it. */
  readonly detail?: string;
  /** Milliseconds since the epoch. */
  readonly observedAt: number;
}

/** The condition of a target whose supervisor answered, from the conditions of its services. */
export function conditionOf(services: readonly ServiceStatus[]): TargetCondition {
  const all = (...wanted: ServiceCondition[]) => services.every((s) => wanted.includes(s.condition));
  if (services.length === 0) return 'not-installed';
  if (all('running')) return 'running';
  if (services.some((s) => s.condition === 'fatal')) return 'fatal';
  if (all('missing')) return 'not-installed';
  if (all('stopped', 'missing')) return 'stopped';
  return 'degraded';
}
