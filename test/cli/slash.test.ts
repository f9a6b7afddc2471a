import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { sendSlash } from '../../src/cli/slash.ts';
import type { Reply } from '../../src/commands/command.ts';
import { Secret } from '../../src/core/secret.ts';
import { replyMessage } from '../../src/slack/views.ts';
import { targetStatus } from '../fixtures/runs.ts';

/** A bot that acknowledges each command with `status` and answers it with `reply`. */
async function withBot<T>(
  status: number,
  reply: Reply | undefined,
  use: (url: string) => Promise<T>,
): Promise<T> {
  const server = createServer(async (request, response) => {
    const to = new URLSearchParams(await text(request)).get('response_url') ?? '';
    response.writeHead(status).end(status === 200 ? '' : 'the signature is wrong or too old');
    if (reply === undefined) return;
    const body = JSON.stringify(replyMessage(reply, 'plan', 0));
    await fetch(to, { method: 'POST', body });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

const slash = (url: string, timeout = '30') =>
  sendSlash(url, new Secret('SLACK_SIGNING_SECRET', 's'), 'status', { user: 'U1', channel: 'C1', timeout });

test.each<[string, Reply, number]>([
  ['a status', { kind: 'status', targets: [targetStatus('running')] }, 0],
  ['a status of a host that is away', { kind: 'status', targets: [targetStatus('unreachable')] }, 4],
  ['a refusal', { kind: 'problem', problem: { code: 'refused.lock', message: 'm <x>', next: 'n' } }, 3],
])('slash ends with the meaning of %s', async (_name, reply, exit) => {
  const answer = await withBot(200, reply, slash);
  expect(answer.exit).toBe(exit);
  expect(answer.text).not.toContain('&lt;');
});

describe('slash tells apart', () => {
  test('a bot that refuses the signature', async () => {
    await expect(withBot(401, undefined, slash)).rejects.toMatchObject({
      code: 'config.environment',
      message: expect.stringContaining('answered 401'),
    });
  });

  test('a bot in trouble', async () => {
    await expect(withBot(500, undefined, slash)).rejects.toMatchObject({ code: 'bot.unreachable' });
  });

  test('no bot', async () => {
    await expect(slash('http://127.0.0.1:1/slack/events')).rejects.toMatchObject({
      code: 'bot.unreachable',
      exitCode: 4,
      message: 'no bot answers at http://127.0.0.1:1/slack/events',
    });
  });

  test('a bot that never answers', async () => {
    await expect(withBot(200, undefined, (url) => slash(url, '0.2'))).rejects.toMatchObject({
      code: 'bot.unreachable',
      message: expect.stringContaining('sent no answer within 0.2 s'),
    });
  });

  test('a time that is none', async () => {
    await expect(slash('http://127.0.0.1:1/', 'soon')).rejects.toMatchObject({ code: 'usage.flag' });
  });
});
