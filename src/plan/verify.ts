import type { Fact } from '../core/fact.ts';
import type { Finding } from '../core/finding.ts';
import type { ActionRequest } from '../core/request.ts';
import {
  SERVICE_WORDS,
  type ServiceCondition,
  type ServiceStatus,
  TARGET_WORDS,
  type TargetCondition,
} from '../core/service.ts';
import type { Target } from '../core/target.ts';
import { installerOf } from '../installers/index.ts';
import type { Installed } from '../installers/installer.ts';
import { launcherOf } from '../launchers/index.ts';
import type { Launched } from '../launchers/launcher.ts';
import { combineFacts } from './observation.ts';

/** What is seen of a target after the last change. */
export interface Outcome {
  readonly launched: Launched;
  readonly installed: Installed;
}

/** The look that decides whether an action has succeeded, and the judge of what it shows. */
export interface Verification {
  readonly fact: Fact<Outcome>;
  readonly timeoutMs: number;
  /** @param version the one that must be live; empty where none is known. */
  judge(seen: Outcome, version: string): readonly Finding[];
}

const LOOK_MS = 60_000;

/**
 * After a stop every service must be stopped. After anything else every service must run past its settle time, and
 * the planned version must be the one that is live at the site.
 */
export function verification(request: ActionRequest, target: Target): Verification {
  const launcher = launcherOf(target);
  const stopping = request.action === 'stop';
  const look = combineFacts({
    launched: stopping ? launcher.observe(target) : launcher.settle(target),
    installed: installerOf(target).live(target),
  });
  return {
    fact: {
      ...look,
      parse(stdout, code) {
        const { launched, installed } = look.parse(stdout, code);
        return { launched: launcher.launched(target, launched), installed };
      },
    },
    timeoutMs: stopping ? LOOK_MS : launcher.settleTimeoutMs(target),
    judge: ({ launched, installed }, version) =>
      stopping
        ? judgeStopped(request, target, launched)
        : [...judgeRunning(request, target, launched), ...judgeVersion(target, installed, version)],
  };
}

function judgeVersion(target: Target, { version }: Installed, planned: string): readonly Finding[] {
  if (planned === '') return [];
  if (version === planned) return [{ level: 'ok', subject: 'version', message: version }];
  return [
    {
      level: 'fail',
      subject: 'version',
      message: `${version ?? 'none'} is live at the site, expected ${planned}`,
      next: `Look who else installs into ${target.paths.install}, then deploy again.`,
    },
  ];
}

function judgeRunning(request: ActionRequest, target: Target, launched: Launched): readonly Finding[] {
  const wanted = target.services.filter(
    (service) => request.service === undefined || service.name === request.service,
  );
  const known = new Set(target.services.map(({ name }) => name));
  // What a launch tool starts besides the services, such as the backend of an older layout.
  const besides =
    request.service === undefined ? launched.services.filter(({ service }) => !known.has(service)) : [];
  // All run, and yet the tool has something to say, e.g. that a DNS name still leads elsewhere.
  const remarks: readonly Finding[] =
    launched.condition === 'running' && launched.detail !== undefined
      ? [{ level: 'warn', subject: target.launcher.kind, message: launched.detail }]
      : [];
  return [...wanted.map(judgeService), ...besides.map(judgeBeside), ...remarks];

  function judgeBeside(status: ServiceStatus): Finding {
    if (status.condition === 'running' || status.condition === 'missing')
      return { level: 'ok', subject: status.service, message: describe(status) };
    return {
      level: 'fail',
      subject: status.service,
      message: describe(status),
      next: 'Look at its log at the site.',
    };
  }

  function judgeService(service: Target['services'][number]): Finding {
    const status = launched.services.find((seen) => seen.service === service.name);
    if (status?.condition === 'running')
      return { level: 'ok', subject: service.name, message: describe(status) };
    return {
      level: 'fail',
      subject: service.name,
      message:
        status === undefined
          ? (launched.detail ?? `not known to the supervisor (${TARGET_WORDS[launched.condition]})`)
          : describe(status),
      next: `Read ${target.paths.log} at the site.`,
    };
  }
}

const DOWN: readonly ServiceCondition[] = ['stopped', 'fatal', 'missing'];
/** Conditions of a target in which a service that is not seen cannot run. */
const ALL_DOWN: readonly TargetCondition[] = ['stopped', 'supervisor-down', 'not-installed'];

function judgeStopped(request: ActionRequest, target: Target, launched: Launched): readonly Finding[] {
  const seen = launched.services.map(({ service }) => service);
  const names = new Set([...target.services.map(({ name }) => name), ...seen]);
  return [...names]
    .filter((name) => request.service === undefined || name === request.service)
    .map((name): Finding => {
      const status = launched.services.find(({ service }) => service === name);
      const down =
        status === undefined ? ALL_DOWN.includes(launched.condition) : DOWN.includes(status.condition);
      if (down) return { level: 'ok', subject: name, message: 'stopped' };
      return {
        level: 'fail',
        subject: name,
        message:
          status === undefined
            ? `cannot be told to be stopped: ${launched.detail ?? `the target is ${TARGET_WORDS[launched.condition]}`}`
            : `still ${describe(status)}`,
        next: 'Look at the process at the site.',
      };
    });
}

function describe(status: ServiceStatus): string {
  const words = SERVICE_WORDS[status.condition];
  return status.detail === undefined ? words : `${words}: ${status.detail}`;
}
