import { App, type Receiver } from '@slack/bolt';
import type { Logger } from 'pino';
import type { Feed } from '../board/feed.ts';
import type { Directory } from '../commands/command.ts';
import { OpsError } from '../core/errors.ts';
import type { Notice } from '../core/notice.ts';
import { reveal, type Word } from '../core/secret.ts';
import type { Jobs } from '../queue/api.ts';
import type { Once } from '../queue/once.ts';
import { listenToChoices } from './actions.ts';
import { boltLogger } from './bolt-logger.ts';
import { approverMentions } from './calls.ts';
import { type Clients, createClients } from './clients.ts';
import { type Clock, systemClock } from './clock.ts';
import type { CommandParts } from './deliver.ts';
import { slackProblem } from './failure.ts';
import { listenToForms } from './form/listen.ts';
import { Front, type Route } from './front.ts';
import type { Groups } from './groups.ts';
import { listenToHome } from './home/listen.ts';
import { createNotices } from './notices.ts';
import { createPace } from './pace.ts';
import { GuardedReceiver } from './receiver.ts';
import { createPromptOnce } from './replay.ts';
import { createReporter, type Reporter } from './reporter.ts';
import { listenToSlash } from './slash.ts';
import { SocketReceiver } from './socket.ts';
import { createWriter } from './writer.ts';

export interface SlackAppOptions {
  /** Bot token (`xoxb-…`). */
  readonly token: Word;
  /** For HTTP mode; one of this and {@link appToken} must be given. */
  readonly signingSecret?: Word;
  /** For Socket Mode (`xapp-…`); wins when both are given. */
  readonly appToken?: Word;
  /** Base URL of the Web API, for tests and the sandbox. */
  readonly apiUrl?: string;
  /** Port of the bot's HTTP server; 0 for a free one. */
  readonly port: number;
  /** Address it listens on; all of the machine's when absent. */
  readonly host?: string;
  /** What else the server serves, e.g. health; asked in order. */
  readonly routes?: readonly Route[];
  readonly jobs: Jobs;
  readonly directory: Directory;
  /** What the Home tab shows; it has none when absent. */
  readonly board?: Feed;
  readonly once: Once;
  /** Made with {@link createClients} when the caller needs one of them too. */
  readonly clients?: Clients;
  readonly groups?: Groups;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** The time that commands go by; that of {@link clock} when absent. */
  now?(): number;
}

/** The Slack side of the bot. */
export interface SlackApp {
  readonly reporter: Reporter;
  readonly clients: Clients;
  /**
   * Says something in the channel of its site, once: true when it stands there, also from before; false when another
   * process is just saying it. Rejects when it could not be said.
   */
  post(notice: Notice): Promise<boolean>;
  /** Listens and shows what is unfinished; resolves with the port of the HTTP server. */
  start(): Promise<number>;
  stop(): Promise<void>;
  /**
   * Whether Slack knows the token and, once started in Socket Mode, is connected.
   * @throws OpsError slack.api, slack.unreachable
   */
  checkSlack(): Promise<void>;
}

/** @throws OpsError('config.environment') when neither signing secret nor app token is given */
export function createSlackApp(options: SlackAppOptions): SlackApp {
  const { logger, jobs, directory, clock = systemClock, now = () => clock.now() } = options;
  const clients = options.clients ?? createClients(options.token, options.apiUrl, logger);
  const once = createPromptOnce(options.once, () => clock.elapsed());
  const { receiver, front, socket } = doors(options, clock);
  let started = false;
  const app = new App({
    receiver,
    // Bolt's own authorization asks Slack before the first acknowledgement, which may then come too late.
    authorize: async () => ({ botToken: reveal(options.token) }),
    logger: boltLogger(logger),
    ignoreSelf: false,
    clientOptions: options.apiUrl === undefined ? {} : { slackApiUrl: options.apiUrl },
  });
  app.error(async (error) => {
    logger.error({ err: error }, 'a listener failed');
  });
  const pace = createPace(clock);
  const writer = createWriter(clients.progress, pace);
  const reporter = createReporter({
    jobs,
    logger,
    clock,
    once: options.once,
    writer,
    pace,
    channel: (site) => directory.channel(site),
    approvers: (state) => approverMentions(state, directory),
  });
  const parts: CommandParts = {
    jobs,
    directory,
    reporter,
    clients,
    writer,
    once,
    groups: options.groups,
    logger,
    now,
  };
  const forms = listenToForms(app, parts);
  listenToSlash(app, parts, forms);
  const home =
    options.board === undefined ? undefined : listenToHome(app, parts, options.board, forms, clock);
  listenToChoices(app, parts);
  const stop = async () => {
    home?.close();
    if (socket !== undefined) await app.stop();
    await front.stop();
    await reporter.close();
  };
  return {
    reporter,
    clients,
    post: createNotices({
      writer,
      pace,
      once: options.once,
      channel: (site, topic) => directory.channel(site, topic),
      logger,
      now: () => clock.now(),
    }),
    async start() {
      try {
        await reporter.start();
        const port = await front.start();
        if (socket !== undefined) await app.start();
        started = true;
        return port;
      } catch (error) {
        await stop();
        throw error;
      }
    },
    stop,
    async checkSlack() {
      try {
        await clients.interactive.auth.test();
      } catch (error) {
        throw slackProblem('auth.test', error);
      }
      if (started && socket?.connected === false)
        throw new OpsError('slack.unreachable', 'the connection of Socket Mode to Slack was lost');
    },
  };
}

interface Doors {
  readonly receiver: Receiver;
  readonly front: Front;
  /** The receiver, in Socket Mode. */
  readonly socket?: SocketReceiver;
}

/** How requests of Slack come in: through the HTTP server, or through a socket with the server for the routes only. */
function doors(options: SlackAppOptions, clock: Clock): Doors {
  const { logger, port, host = '0.0.0.0', routes = [] } = options;
  if (options.appToken !== undefined) {
    const { appToken, apiUrl } = options;
    const socket = new SocketReceiver({
      appToken,
      ...(apiUrl === undefined ? {} : { apiUrl }),
      logger,
      clock,
    });
    return { receiver: socket, socket, front: new Front(port, host, routes) };
  }
  if (options.signingSecret === undefined) {
    throw new OpsError(
      'config.environment',
      'neither SLACK_SIGNING_SECRET nor SLACK_APP_TOKEN is set, expected one of them',
    );
  }
  const receiver = new GuardedReceiver({
    signingSecret: options.signingSecret,
    logger,
    now: () => clock.now(),
    elapsed: () => clock.elapsed(),
  });
  return { receiver, front: new Front(port, host, [receiver.route, ...routes]) };
}
