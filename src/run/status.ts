import { ERRORS, OpsError } from '../core/errors.ts';
import { describeExit } from '../core/exit.ts';
import type { TargetStatus } from '../core/service.ts';
import type { Target } from '../core/target.ts';
import type { Connector } from '../core/transport.ts';
import { installerOf } from '../installers/index.ts';
import { launcherOf } from '../launchers/index.ts';
import { catalogueFact, catalogueLines } from '../plan/catalogue.ts';
import { combineFacts } from '../plan/observation.ts';
import { asListed } from '../plan/with-services.ts';

/** Time one site gets to tell how a target is, in milliseconds. */
const LOOK_MS = 30_000;

/**
 * How the services are that are deployed, whatever the configuration has by now: in one round trip, and in a second one
 * where the two differ, as launch tools are asked for services by name. Never rejects: a site that cannot be reached, or
 * that answers nonsense, is an answer as well.
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
  /** The look at the target, and the services that it has in truth. */
  async function look(of: Target) {
    const fact = combineFacts({
      launched: launcherOf(of).observe(of),
      installed: installerOf(of).live(of),
      catalogue: catalogueFact(of),
    });
    const transport = await connector.connect(of.access, signal);
    const options = { timeoutMs: LOOK_MS, ...(signal === undefined ? {} : { signal }) };
    const { exit, stdout } = await transport.run(fact.script, options);
    if (exit.kind !== 'exit') throw new OpsError('site.unreachable', describeExit(exit));
    const seen = fact.parse(stdout, exit.code);
    return { of, seen, deployed: asListed(of, seen.catalogue) };
  }
  try {
    const first = await look(target);
    const { of, seen } = isSame(first.of, first.deployed) ? first : await look(first.deployed);
    const { condition, services, detail } = launcherOf(of).launched(of, seen.launched);
    const { version } = seen.installed;
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

const isSame = (one: Target, other: Target) =>
  catalogueLines(one.services).join('\n') === catalogueLines(other.services).join('\n');

/** The message, and the remedy where the one who raised it knew better than the general one, for which a row has no room. */
function detailOf(error: unknown): string {
  if (!(error instanceof OpsError)) return error instanceof Error ? error.message : String(error);
  return error.next === ERRORS[error.code].remedy ? error.message : `${error.message}. ${error.next}`;
}
