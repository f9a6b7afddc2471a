import { z } from 'zod';
import { OpsError, problemOf } from '../core/errors.ts';
import { differenceOf, type Intention, intentionFor } from '../core/intention.ts';
import type { StatusRequest } from '../core/request.ts';
import type { TargetStatus } from '../core/service.ts';
import { DEPLOYMENTS } from '../core/target.ts';
import { inTurns, SITES_AT_ONCE } from '../core/turns.ts';
import type { CommandContext } from './command.ts';
import { defineCommand } from './define.ts';
import { refusal } from './rights.ts';
import { DEPLOYMENT, SITE } from './slots.ts';
import { statusChoices } from './status-choices.ts';

/** How long the sites may take to answer, in milliseconds. A host that does not answer costs a connect timeout. */
const STATUS_TIMEOUT_MS = 30_000;

const input = z.strictObject({
  site: z.string().exactOptional(),
  deployment: z.enum(DEPLOYMENTS).exactOptional(),
});

/** Asks the supervisors of one site or of all how the services are. */
export const status = defineCommand({
  name: 'status',
  summary: 'how the services are, asked at the sites',
  right: 'read',
  slots: [
    { ...SITE, required: false, extra: ['all'], about: 'a site; all of them when left out' },
    { ...DEPLOYMENT, required: false, about: 'a deployment; all of them when left out' },
  ],
  flags: [],
  examples: ['status', 'status aws', 'status aws dev', 'status all prod'],
  schema: input,
  async run(wish, context) {
    const { directory, caller } = context;
    const deployments = wish.deployment === undefined ? directory.deployments : [wish.deployment];
    const mayRead = (site: string, deployment: string) => directory.may(caller, 'read', site, deployment);
    const asked = wish.site === undefined || wish.site === 'all' ? directory.sites : [wish.site];
    const sites = asked.filter((site) => deployments.some((deployment) => mayRead(site, deployment)));
    if (sites.length === 0) {
      throw refusal(context, 'read', { sites: asked, deployments, where: 'any of the targets asked for' });
    }
    const requests = sites.map(
      (site): StatusRequest => ({
        kind: 'status',
        site,
        ...(wish.deployment === undefined ? {} : { deployment: wish.deployment }),
      }),
    );
    // The time that a site has begins when it is asked.
    const turn = inTurns(SITES_AT_ONCE);
    const answers = await Promise.all(
      requests.map((request) => turn(() => statusOf(request, deployments, context))),
    );
    const seen = answers.flat().filter((t) => mayRead(t.site, t.deployment));
    const intentions = await context.jobs.intended();
    const choices = statusChoices(context, seen, intentions);
    return {
      kind: 'status',
      targets: withIntended(seen, intentions),
      ...(choices.length === 0 ? {} : { choices }),
    };
  },
});

/** Marks what is not as the last successful action left it. */
function withIntended(
  targets: readonly TargetStatus[],
  intentions: readonly Intention[],
): readonly TargetStatus[] {
  return targets.map((target) => {
    const difference = differenceOf(intentionFor(intentions, target), target);
    if (difference === undefined) return target;
    const detail = target.detail === undefined ? difference : `${difference}; ${target.detail}`;
    return { ...target, detail };
  });
}

/** One site's answer; a site whose question failed is `unknown` and does not spoil the answer of the others. */
async function statusOf(
  request: StatusRequest,
  deployments: readonly string[],
  context: CommandContext,
): Promise<readonly TargetStatus[]> {
  try {
    return await context.jobs.status(request, STATUS_TIMEOUT_MS);
  } catch (error) {
    if (error instanceof OpsError && error.code === 'queue.unavailable') throw error;
    return deployments.map((deployment) => ({
      site: request.site,
      deployment,
      condition: 'unknown',
      services: [],
      detail: problemOf(error).message,
      observedAt: context.now(),
    }));
  }
}
