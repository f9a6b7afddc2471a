import type { Logger } from 'pino';
import { approvalFor, isSamePerson } from '../config/approvals.ts';
import type { Config } from '../config/config.ts';
import { automaticRollback } from '../config/rollbacks.ts';
import { freezeAgainst } from '../core/freeze.ts';
import { createRedactor } from '../core/redact.ts';
import type { Caller } from '../core/request.ts';
import type { Deployment, Target } from '../core/target.ts';
import { targetId } from '../core/target.ts';
import type { Connector } from '../core/transport.ts';
import { withChoices } from '../plan/choices.ts';
import { withCommand } from '../plan/command.ts';
import type { Handlers } from '../queue/api.ts';
import { answerLook } from './answer-look.ts';
import { abandon, execute } from './execute.ts';
import { observeTarget } from './status.ts';

/** What the worker's side of the queue needs to do its work. */
export interface HandlerParts {
  readonly config: Config;
  /** The target with its secrets; throws OpsError secrets.* naming the ones that are missing. */
  secure(target: Target): Promise<Target>;
  readonly connector: Connector;
  readonly logger: Logger;
  readonly worker: string;
  now(): number;
}

/** The answers of a worker to the queue: actions and looks. */
export function createHandlers(parts: HandlerParts): Handlers {
  const { config, connector, logger, worker, now } = parts;
  return {
    async action(context) {
      const { request, jobId } = context;
      const log = logger.child({ job: jobId, target: targetId(request.site, request.deployment) });
      const open = config.target(request.site, request.deployment);
      // A rollback that nobody has asked for undoes what was allowed, and is queued only where nobody has to be asked.
      const isAsked = request.automaticAfter === undefined;
      const freeze = isAsked ? freezeAgainst(config.policy.freezes, request, now()) : undefined;
      const approval = isAsked ? approvalFor(config.policy.approvals, request) : undefined;
      const undo = automaticRollback(config.policy, request);
      const same = (a: Caller, b: Caller) => isSamePerson(config.policy.people, a, b);
      const common = {
        connector,
        worker,
        now,
        isSamePerson: same,
        ...(freeze === undefined ? {} : { freeze }),
        ...(approval === undefined ? {} : { approval }),
        ...(undo === undefined ? {} : { automaticRollback: undo }),
      };
      let target: Target;
      try {
        const changes = request.action === 'command';
        const chosen = withCommand(withChoices(open, request), config.runbooks, request.command, changes);
        target = await parts.secure(chosen);
      } catch (error) {
        log.error({ err: error }, 'run refused');
        return abandon(context, { ...common, target: open, redactor: createRedactor([]) }, error);
      }
      const secrets = Object.values(target.env.secrets);
      log.info({ action: request.action, attempt: context.attempt, who: context.caller.name }, 'run started');
      const state = await execute(context, { ...common, target, redactor: createRedactor(secrets) });
      log.info({ status: state.status, problem: state.problem }, 'run ended');
      return state;
    },
    async status(request, signal) {
      const deployments: readonly Deployment[] =
        request.deployment === undefined ? config.deployments : [request.deployment];
      return Promise.all(
        deployments.map((deployment) =>
          observeTarget(config.target(request.site, deployment), connector, now, signal),
        ),
      );
    },
    look: (request, signal) => answerLook(request, parts, signal),
  };
}
