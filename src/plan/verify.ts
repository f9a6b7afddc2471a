import type { Fact } from '../core/fact.ts';
import type { Finding } from '../core/finding.ts';
import type { ActionRequest } from '../core/request.ts';
import type { ServiceCondition, ServiceStatus } from '../core/service.ts';
import type { Target } from '../core/target.ts';
import { launcherOf } from '../launchers/index.ts';
import type { Launched } from '../launchers/launcher.ts';

/** The look that decides whether an action has succeeded, and the judge of what it shows. */
export interface Verification {
  readonly fact: Fact<Launched>;
  readonly timeoutMs: number;
  judge(launched: Launched): readonly Finding[];
}

const LOOK_MS = 60_000;

/** After a stop every service must be stopped; after anything else every service must run past its settle time. */
export function verification(request: ActionRequest, target: Target): Verification {
  const launcher = launcherOf(target);
  const stopping = request.action === 'stop';
  const look = stopping ? launcher.observe(target) : launcher.settle(target);
  return {
    fact: { ...look, parse: (stdout, code) => launcher.launched(target, look.parse(stdout, code)) },
    timeoutMs: stopping ? LOOK_MS : launcher.settleTimeoutMs(target),
    judge: (launched) =>
      stopping ? judgeStopped(request, launched) : judgeRunning(request, target, launched),
  };
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
          ? (launched.detail ?? `not known to the supervisor (${launched.condition})`)
          : describe(status),
      next: `Read ${target.paths.log} at the site.`,
    };
  }
}

const DOWN: readonly ServiceCondition[] = ['stopped', 'fatal', 'missing'];

function judgeStopped(request: ActionRequest, launched: Launched): readonly Finding[] {
  return launched.services
    .filter((status) => request.service === undefined || status.service === request.service)
    .map((status) =>
      DOWN.includes(status.condition)
        ? { level: 'ok', subject: status.service, message: 'stopped' }
        : {
            level: 'fail',
            subject: status.service,
            message: `still ${describe(status)}`,
            next: 'Look at the process at the site.',
          },
    );
}

function describe(status: ServiceStatus): string {
  return status.detail === undefined ? status.condition : `${status.condition}: ${status.detail}`;
}
