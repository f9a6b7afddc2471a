import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import type { Command } from 'commander';
import { z } from 'zod';
import { OpsError } from '../core/errors.ts';
import { reveal, type Secret } from '../core/secret.ts';
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
    });
}

const answerSchema = z.looseObject({ text: z.string().default('') });

/** Sends the command and waits for what the bot posts to the response URL, which is a server of our own here. */
async function sendSlash(url: string, secret: Secret, text: string, options: Options) {
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
    const reply = nextReply(answers, Number(options.timeout) * 1000);
    reply.catch(() => undefined);
    const sentAt = Date.now();
    const acknowledged = await post(url, body, secret);
    return acknowledged === ''
      ? { ackMs: Date.now() - sentAt, ...(await reply) }
      : { ackMs: Date.now() - sentAt, text: acknowledged };
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
    throw new OpsError('queue.unavailable', `no bot answers at ${url}`, {
      next: 'Start it with `npm run bot`.',
      cause: error,
    });
  }
  const text = await response.text();
  if (response.ok) return text;
  throw new OpsError('slack.api', `the bot answered ${response.status} ${text.slice(0, 200)}`, {
    next: 'Give the same SLACK_SIGNING_SECRET as the bot has.',
  });
}

async function nextReply(
  server: ReturnType<typeof createServer>,
  timeoutMs: number,
): Promise<z.output<typeof answerSchema>> {
  const [request, response] = await once(server, 'request', { signal: AbortSignal.timeout(timeoutMs) }).catch(
    (cause) => {
      throw new OpsError(
        'slack.api',
        `the bot acknowledged and sent no answer within ${timeoutMs / 1000} s`,
        { cause },
      );
    },
  );
  const body: unknown = JSON.parse(await readText(request));
  response.end('ok');
  return answerSchema.parse(body);
}
