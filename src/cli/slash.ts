import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import type { Command } from 'commander';
import { z } from 'zod';
import { clean } from '../commands/text.ts';
import { type ExitCode, OpsError } from '../core/errors.ts';
import { reveal, type Secret } from '../core/secret.ts';
import { markOf } from '../slack/blocks/outcome.ts';
import { unescaped } from '../slack/blocks/text.ts';
import { neededSettings } from './needed.ts';
import { print } from './output.ts';

interface Options {
  readonly user: string;
  readonly channel: string;
  readonly url?: string;
  readonly timeout: string;
  readonly json?: boolean;
}

/** `slash "TEXT"`: a signed slash command to a running bot, as Slack would send it. */
export function addSlash(program: Command): void {
  program
    .command('slash <text>')
    .description('send a signed slash command to a running bot, as Slack would')
    .option('--user <id>', 'Slack user id that asks', 'U0OPERATOR')
    .option('--channel <id>', 'Slack channel id it is typed in', 'C0DEPLOY')
    .option('--url <url>', 'where the bot listens (default: http://127.0.0.1:$PORT/slack/events)')
    .option('--timeout <seconds>', 'how long to wait for the answer', '30')
    .option('--json', 'one JSON document on stdout')
    .action(async (text: string, options: Options) => {
      const { slack, port } = neededSettings(['slack']);
      if (slack.signingSecret === undefined) {
        throw new OpsError(
          'config.environment',
          'SLACK_SIGNING_SECRET: not set, expected the secret the bot verifies with',
        );
      }
      const url = options.url ?? `http://127.0.0.1:${port}/slack/events`;
      const answer = await sendSlash(url, slack.signingSecret, text.replace(/^\/jaws\s*/, ''), options);
      print({ text: answer.text, data: answer }, options.json === true);
      process.exitCode = answer.exit;
    });
}

const answerSchema = z.looseObject({
  text: z.string().default(''),
  blocks: z.array(z.unknown()).default([]),
});

/** What the bot said to a command. */
export interface SlashAnswer {
  /** Time until the acknowledgement, in milliseconds. */
  readonly ackMs: number;
  readonly text: string;
  readonly blocks: readonly unknown[];
  /** How the answer is meant. */
  readonly exit: ExitCode;
}

/**
 * Sends the command and waits for what the bot posts to the response URL, which is a server of our own here.
 * @throws OpsError bot.unreachable, config.environment when the bot does not take our signature, usage.flag
 */
export async function sendSlash(
  url: string,
  secret: Secret,
  text: string,
  options: Pick<Options, 'user' | 'channel' | 'timeout'>,
): Promise<SlashAnswer> {
  const seconds = Number(options.timeout);
  if (!(seconds > 0 && seconds <= 3600)) {
    throw new OpsError(
      'usage.flag',
      `--timeout: got "${options.timeout}", expected seconds between 0 and 3600`,
    );
  }
  const answers = createServer().listen(0, '127.0.0.1');
  await once(answers, 'listening');
  try {
    const { port } = answers.address() as AddressInfo;
    const body = new URLSearchParams({
      command: '/jaws',
      text,
      user_id: options.user,
      user_name: options.user,
      channel_id: options.channel,
      team_id: 'T0JAWS',
      trigger_id: randomUUID(),
      response_url: `http://127.0.0.1:${port}/`,
    }).toString();
    const reply = nextReply(answers, seconds * 1000);
    reply.catch(() => undefined);
    const sentAt = Date.now();
    const acknowledged = await post(url, body, secret);
    const ackMs = Date.now() - sentAt;
    const said = acknowledged === '' ? await reply : { text: acknowledged, blocks: [] };
    return { ...said, ackMs, text: clean(unescaped(said.text)), exit: markOf(said.blocks) };
  } finally {
    answers.close();
    answers.closeAllConnections();
  }
}

async function post(url: string, body: string, secret: Secret): Promise<string> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const digest = createHmac('sha256', reveal(secret)).update(`v0:${timestamp}:${body}`).digest('hex');
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': timestamp,
    'x-slack-signature': `v0=${digest}`,
  };
  let response: Response;
  try {
    response = await fetch(url, { method: 'POST', body, headers });
  } catch (error) {
    throw new OpsError('bot.unreachable', `no bot answers at ${url}`, { cause: error });
  }
  const text = await response.text();
  if (response.ok) return text;
  const answered = `the bot at ${url} answered ${response.status} ${text.slice(0, 200)}`;
  if (response.status !== 401) throw new OpsError('bot.unreachable', answered);
  throw new OpsError('config.environment', answered, {
    next: 'Give the same SLACK_SIGNING_SECRET as the bot has, and see that both clocks agree.',
  });
}

async function nextReply(
  server: ReturnType<typeof createServer>,
  timeoutMs: number,
): Promise<z.output<typeof answerSchema>> {
  const [request, response] = await once(server, 'request', { signal: AbortSignal.timeout(timeoutMs) }).catch(
    (cause) => {
      throw new OpsError(
        'bot.unreachable',
        `the bot acknowledged and sent no answer within ${timeoutMs / 1000} s`,
        { cause, next: 'See the log of the bot.' },
      );
    },
  );
  const body: unknown = JSON.parse(await readText(request));
  response.end('ok');
  return answerSchema.parse(body);
}
