import { ERRORS, OpsError } from '../core/errors.ts';
import { describeExit } from '../core/exit.ts';
import type { TargetStatus } from '../core/service.ts';
import type { Target } from '../core/target.ts';
import type { Connector } from '../core/transport.ts';
import { installerOf } from '../installers/index.ts';
import { launcherOf } from '../launchers/index.ts';
import { combineFacts } from '../plan/observation.ts';

/** Time one site gets to tell how a target is, in milliseconds. */
const LOOK_MS = 30_000;

/**
 * How one target is, in one round trip. Never rejects: a site that cannot be reached, or that answers nonsense, is
 * an answer as well.
 */
export async function observeTarget(
  target: Target,
  connector: Connector,
  now: () => number,
  signal?: AbortSignal,
): Promise<TargetStatus> {
  const { site, deployment } = target;
  const answer = (status: Pick<TargetStatus, 'condition'> & Partial<TargetStatus>): TargetStatus => ({
    site,
    deployment,
    services: [],
    observedAt: now(),
    ...status,
  });
  try {
    const launcher = launcherOf(target);
    const fact = combineFacts({
      launched: launcher.observe(target),
      installed: installerOf(target).live(target),
    });
    const transport = await connector.connect(target.access, signal);
    const options = { timeoutMs: LOOK_MS, ...(signal === undefined ? {} : { signal }) };
    const { exit, stdout } = await transport.run(fact.script, options);
    if (exit.kind !== 'exit') return answer({ condition: 'unreachable', detail: describeExit(exit) });
    const { launched, installed } = fact.parse(stdout, exit.code);
    const { condition, services, detail } = launcher.launched(target, launched);
    const { version } = installed;
    return answer({
      condition,
      services,
      ...(detail === undefined ? {} : { detail }),
      ...(version === undefined ? {} : { version }),
    });
  } catch (error) {
    const detail = detailOf(error);
    const unreachable =
      error instanceof OpsError && error.code.startsWith('site.') && error.code !== 'site.output';
    return answer({ condition: unreachable ? 'unreachable' : 'unknown', detail });
  }
}

/** The message, and the remedy where the one who raised it knew better than the general one, for which a row has no room. */
function detailOf(error: unknown): string {
  if (!(error instanceof OpsError)) return error instanceof Error ? error.message : String(error);
  return error.next === ERRORS[error.code].remedy ? error.message : `${error.message}. ${error.next}`;
}
