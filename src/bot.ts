import type { Logger } from 'pino';
import { createFeed } from './board/feed.ts';
import { directoryOf } from './commands/directory.ts';
import { createRunbookDriver } from './commands/runbook-driver.ts';
import type { Config } from './config/config.ts';
import type { SlackSettings } from './config/settings.ts';
import type { Secret } from './core/secret.ts';
import { schedulesOf } from './maintenance/schedules.ts';
import { maintenanceSites } from './maintenance/sites.ts';
import { createDashboard } from './queue/dashboard.ts';
import { createJobs, type JobsOptions } from './queue/jobs.ts';
import { createRedisOnce } from './queue/once.ts';
import { startSchedules } from './queue/schedules.ts';
import { targetsOf } from './queue/targets.ts';
import { createSlackApp } from './slack/app.ts';
import { createClients } from './slack/clients.ts';
import { systemClock } from './slack/clock.ts';
import { createGroups } from './slack/groups.ts';
import { createBoardRoutes } from './web/board/routes.ts';
import { createGuard } from './web/guard.ts';
import { createHealthRoutes } from './web/health.ts';
import { createMetrics } from './web/metrics.ts';
import { createQueuesRoute, QUEUES_PATH } from './web/queues.ts';

export interface BotOptions {
  readonly redisUrl: string;
  readonly slack: SlackSettings;
  /** Port of the HTTP server; 0 for a free one. */
  readonly port: number;
  /** Address the HTTP server listens on; all of the machine's when absent. */
  readonly host?: string;
  /** Lets others than this machine see `/metrics` and the pages; nobody when absent. */
  readonly webToken?: Secret;
  readonly config: Config;
  readonly logger: Logger;
  /**
   * The time that maintenance, reminders and commands go by, in milliseconds since the epoch; the machine's when
   * absent. How fast Slack is talked to and how old its requests may be always goes by the machine's.
   */
  now?(): number;
  /** False leaves what recurs to other bots and to {@link Bot.turn}; default true. */
  readonly takesTurns?: boolean;
  /** How patient it is with Redis and with workers; as people are when absent. */
  readonly limits?: Pick<JobsOptions, 'answerMs' | 'releaseMs'>;
}

/** The bot after its start. */
export interface Bot {
  /** The port the HTTP server listens on. */
  readonly port: number;
  /** Takes a turn of a schedule at once, whatever its time. */
  turn(schedule: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts the bot: Slack in, jobs out, progress back to Slack. It holds Slack tokens, and neither an SSH key nor a
 * site's secret.
 * @throws OpsError queue.unavailable when Redis does not answer, slack.api when Slack refuses the token,
 * slack.unreachable when it does not answer
 */
export async function startBot(options: BotOptions): Promise<Bot> {
  const { redisUrl, slack, port, config, logger, limits, now = Date.now } = options;
  /** What ends each part that was begun, in that order: they end in the opposite one. */
  const ends: (() => unknown)[] = [];
  const close = async () => {
    for (const end of ends.splice(0).reverse()) {
      try {
        await end();
      } catch (error) {
        // One that does not end in order must not keep the others, and with them the process.
        logger.warn({ err: error }, 'a part of the bot did not end in order');
      }
    }
  };
  try {
    const jobs = createJobs({ redisUrl, targets: targetsOf(config), now, ...limits });
    ends.push(() => jobs.close());
    const once = createRedisOnce(redisUrl, limits?.answerMs);
    ends.push(() => once.close());
    const dashboard = createDashboard(redisUrl, targetsOf(config), QUEUES_PATH);
    ends.push(() => dashboard.close());
    await jobs.ping();
    const clients = createClients(slack.botToken, slack.apiUrl, logger);
    const groupIds = [...new Set(config.policy.rules.flatMap((rule) => rule.groups))];
    const groups = createGroups(clients.interactive, () => groupIds, logger);
    const metrics = createMetrics(jobs);
    const guard = createGuard(options.webToken);
    const { sites, deployments } = config;
    const feed = createFeed({ jobs, sites, now, elapsed: systemClock.elapsed, after: systemClock.after });
    const board = createBoardRoutes({
      feed,
      guard,
      sites,
      deployments,
      timezone: (site) => config.site(site).timezone,
      now,
    });
    const health = createHealthRoutes({
      jobs,
      guard,
      metrics: () => metrics.text(),
      slackOk: () => accepted(app.checkSlack()),
    });
    const directory = directoryOf(config, groups);
    const runbooks = createRunbookDriver({
      jobs,
      directory,
      takes: () => true,
      refresh: () => groups.refresh(),
      warn: (what) => logger.warn(what, 'a runbook waits'),
      now,
    });
    const app = createSlackApp({
      token: slack.botToken,
      ...(slack.signingSecret === undefined ? {} : { signingSecret: slack.signingSecret }),
      ...(slack.appToken === undefined ? {} : { appToken: slack.appToken }),
      ...(slack.apiUrl === undefined ? {} : { apiUrl: slack.apiUrl }),
      port,
      ...(options.host === undefined ? {} : { host: options.host }),
      routes: [health, board, createQueuesRoute(guard, dashboard.serve)],
      jobs,
      directory,
      board: feed,
      once,
      clients,
      groups,
      logger,
      now,
    });
    await app.checkSlack();
    const unwatch = await jobs.watch((state) => {
      metrics.observe(state);
      feed.observe(state);
    });
    ends.push(unwatch);
    const listening = await app.start();
    ends.push(
      () => app.stop(),
      () => feed.close(),
      () => runbooks.close(),
    );
    await runbooks.start();
    const schedules = startSchedules({
      redisUrl,
      schedules: schedulesOf({
        jobs,
        sites: maintenanceSites(config),
        audit: config.policy.audit,
        post: app.post,
        logger,
        now,
      }),
      logger,
      ...(options.takesTurns === undefined ? {} : { takesTurns: options.takesTurns }),
    });
    ends.push(() => schedules.close());
    logger.info({ port: listening, sites: config.sites }, 'bot ready');
    return {
      port: listening,
      turn: (schedule) => schedules.run(schedule),
      async close() {
        await close();
        logger.info('bot ended');
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const accepted = (check: Promise<void>): Promise<boolean> =>
  check.then(
    () => true,
    () => false,
  );
