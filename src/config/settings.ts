import { userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Problem } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { Secret } from '../core/secret.ts';
import { problem, throwAll } from './issues.ts';
import { secretVariable } from './secret-variable.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A need of a process: variables that it cannot do without. */
export type Need = 'redis' | 'slack' | 'secrets';

/** How the bot speaks with Slack: requests come in over HTTP, or through a socket that the bot opens. */
export interface SlackSettings {
  readonly botToken: Secret;
  readonly signingSecret?: Secret;
  readonly appToken?: Secret;
  /** Base URL of the Web API when it is not Slack's own. */
  readonly apiUrl?: string;
}

/** The process's environment, checked. */
export interface Settings {
  readonly redisUrl?: string;
  readonly slack?: SlackSettings;
  /** Port of the bot's HTTP server; 0 takes a free one. */
  readonly port: number;
  /** Shows the bot's pages to others than its own machine. */
  readonly webToken?: Secret;
  /** Sites that this worker serves; all when absent. */
  readonly workerSites?: readonly string[];
  /** Sites whose network this worker is in: their jumps are left out. */
  readonly workerInside?: readonly string[];
  readonly logLevel: LogLevel;
  readonly configDir: string;
  readonly secretsFile?: string;
  /** Socket of the SSH agent, for sites without an identity file. */
  readonly agentSocket?: string;
  /** Who the operator of the command line is. */
  readonly user: string;
  /** Every secret that the environment held, for redaction. */
  readonly secrets: readonly Secret[];
}

/** A variable of the process's environment, for the reference. A secret one may also be given as `NAME_FILE`. */
export interface SettingInfo {
  readonly name: string;
  readonly description: string;
  readonly default?: string;
  readonly secret?: true;
}

export const SETTINGS: readonly SettingInfo[] = [
  {
    name: 'REDIS_URL',
    description: 'Redis of the queues, e.g. `redis://127.0.0.1:6379`; needed by bot and worker',
  },
  { name: 'SLACK_BOT_TOKEN', secret: true, description: 'Bot token (`xoxb-…`); needed by the bot' },
  { name: 'SLACK_SIGNING_SECRET', secret: true, description: 'Signing secret, for requests over HTTP' },
  {
    name: 'SLACK_APP_TOKEN',
    secret: true,
    description: 'App token (`xapp-…`), for Socket Mode instead of HTTP',
  },
  { name: 'SLACK_API_URL', description: 'Base URL of the Web API', default: 'Slack’s own' },
  { name: 'PORT', description: 'Port of the bot’s HTTP server; 0 takes a free one', default: '3000' },
  {
    name: 'JAWS_OPS_WEB_TOKEN',
    secret: true,
    description:
      'Shows the bot’s `/`, `/queues` and `/metrics` to other machines: the password in a browser, a bearer token for programs; at least 16 characters',
    default: 'this machine only',
  },
  { name: 'WORKER_SITES', description: 'Sites that the worker serves, with commas between', default: 'all' },
  {
    name: 'WORKER_INSIDE',
    description:
      'Sites whose network the worker is in, with commas between; it goes there without `access.jumps`',
    default: 'none',
  },
  { name: 'LOG_LEVEL', description: LOG_LEVELS.join(' | '), default: 'info' },
  { name: 'JAWS_OPS_CONFIG', description: 'Configuration folder', default: 'the one of the package' },
  { name: 'JAWS_OPS_SECRETS', description: 'Secrets file, mode 600 or stricter; needed by the worker' },
  { name: 'SSH_AUTH_SOCK', description: 'Socket of an SSH agent, for sites without `access.identityFile`' },
  { name: 'JAWS_OPS_USER', description: 'Operator of the command line', default: 'the login name' },
];

/** Fewest characters of a token that others may be asked for. */
const SHORTEST_TOKEN = 16;

/** The configuration folder: the one given, else JAWS_OPS_CONFIG, else the package's own. */
export function configDir(env: NodeJS.ProcessEnv, given?: string): string {
  return given ?? (env['JAWS_OPS_CONFIG'] || fileURLToPath(new URL('../../config', import.meta.url)));
}

/**
 * Reads the environment. A variable that is set to nothing counts as not set.
 * @param options.need what the calling process cannot do without
 * @throws OpsError('config.environment') that lists every problem; it never shows a token
 */
export function loadSettings(
  env: NodeJS.ProcessEnv = process.env,
  options: { readonly need?: readonly Need[] } = {},
): Settings {
  const { need = [] } = options;
  const problems: Problem[] = [];
  const wrong = (name: string, what: string) =>
    problems.push(problem('config.environment', `${name}: ${what}`));
  const value = (name: string) => env[name] || undefined;
  const secret = (name: string) => secretVariable(env, name, wrong);

  const redisUrl = value('REDIS_URL');
  if (
    redisUrl !== undefined &&
    !isUrl(redisUrl, ['redis:', 'rediss:', 'unix:']) &&
    !redisUrl.startsWith('/')
  ) {
    wrong('REDIS_URL', 'expected a URL such as redis://127.0.0.1:6379');
  }
  if (redisUrl === undefined && need.includes('redis'))
    wrong('REDIS_URL', 'not set, expected the URL of Redis');

  const botToken = secret('SLACK_BOT_TOKEN');
  const signingSecret = secret('SLACK_SIGNING_SECRET');
  const appToken = secret('SLACK_APP_TOKEN');
  const apiUrl = value('SLACK_API_URL');
  if (apiUrl !== undefined && !isUrl(apiUrl, ['http:', 'https:'])) {
    wrong('SLACK_API_URL', `got ${JSON.stringify(apiUrl)}, expected an http or https URL`);
  }
  if (botToken?.reveal().startsWith('xapp-'))
    wrong('SLACK_BOT_TOKEN', 'got an app token, expected a bot token (xoxb-…)');
  if (appToken?.reveal().startsWith('xoxb-'))
    wrong('SLACK_APP_TOKEN', 'got a bot token, expected an app token (xapp-…)');
  if (need.includes('slack')) {
    if (!botToken && !env['SLACK_BOT_TOKEN_FILE'])
      wrong('SLACK_BOT_TOKEN', 'not set, expected the bot token (xoxb-…)');
    const named = env['SLACK_SIGNING_SECRET_FILE'] || env['SLACK_APP_TOKEN_FILE'];
    if (!signingSecret && !appToken && !named) {
      wrong('SLACK_SIGNING_SECRET', 'not set, expected it for HTTP, or SLACK_APP_TOKEN for Socket Mode');
    }
  }

  const secretsFile = value('JAWS_OPS_SECRETS');
  if (!secretsFile && need.includes('secrets'))
    wrong('JAWS_OPS_SECRETS', 'not set, expected the path of the secrets file');

  const agentSocket = value('SSH_AUTH_SOCK');

  const portText = value('PORT') ?? '3000';
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : -1;
  if (port < 0 || port > 65535)
    wrong('PORT', `got ${JSON.stringify(portText)}, expected a whole number 0–65535`);

  const webToken = secret('JAWS_OPS_WEB_TOKEN');
  if (webToken && webToken.reveal().length < SHORTEST_TOKEN)
    wrong(
      'JAWS_OPS_WEB_TOKEN',
      `shorter than ${SHORTEST_TOKEN} characters, expected one that nobody guesses`,
    );

  const levelText = (value('LOG_LEVEL') ?? 'info').toLowerCase();
  const logLevel = LOG_LEVELS.find((level) => level === levelText);
  if (!logLevel) {
    const guess = nearest(levelText, LOG_LEVELS);
    const hint = guess === undefined ? '' : ` (did you mean ${guess}?)`;
    wrong('LOG_LEVEL', `got ${JSON.stringify(levelText)}, expected ${LOG_LEVELS.join(' | ')}${hint}`);
  }

  const names = (variable: string) =>
    value(variable)
      ?.split(',')
      .map((site) => site.trim().toLowerCase())
      .filter((site) => site !== '');
  const workerSites = names('WORKER_SITES');
  const workerInside = names('WORKER_INSIDE');
  if (workerSites?.length === 0) wrong('WORKER_SITES', 'got no site, expected names with commas between');

  throwAll(problems);
  const redisPassword = redisUrl === undefined ? undefined : passwordOf(redisUrl);
  const slack = botToken && {
    botToken,
    ...(signingSecret ? { signingSecret } : {}),
    ...(appToken ? { appToken } : {}),
    ...(apiUrl === undefined ? {} : { apiUrl }),
  };
  return {
    port,
    logLevel: logLevel ?? 'info',
    configDir: configDir(env),
    user: value('JAWS_OPS_USER') ?? loginName(env),
    secrets: [botToken, signingSecret, appToken, webToken, redisPassword].filter(
      (found) => found !== undefined,
    ),
    ...(redisUrl === undefined ? {} : { redisUrl }),
    ...(slack ? { slack } : {}),
    ...(webToken ? { webToken } : {}),
    ...(workerSites === undefined ? {} : { workerSites: [...new Set(workerSites)] }),
    ...(workerInside === undefined ? {} : { workerInside: [...new Set(workerInside)] }),
    ...(secretsFile === undefined ? {} : { secretsFile }),
    ...(agentSocket === undefined ? {} : { agentSocket }),
  };
}

function isUrl(text: string, protocols: readonly string[]): boolean {
  return URL.canParse(text) && protocols.includes(new URL(text).protocol);
}

function passwordOf(url: string): Secret | undefined {
  const password = URL.canParse(url) ? decodeURIComponent(new URL(url).password) : '';
  return password === '' ? undefined : new Secret('REDIS_URL', password);
}

function loginName(env: NodeJS.ProcessEnv): string {
  try {
    return userInfo().username;
  } catch {
    // An account without an entry in the user database, as in some containers.
    return env['LOGNAME'] || env['USER'] || `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}
