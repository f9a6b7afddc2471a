import { request as httpRequest } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { createGuard } from '../../src/web/guard.ts';
import { type HttpServer, startHttp } from '../../src/web/health.ts';

const TOKEN = new Secret('JAWS_OPS_WEB_TOKEN', 'a-token-of-the-test: with a colon');
const basic = (password: string) => `Basic ${Buffer.from(`anyone:${password}`).toString('base64')}`;
let server: HttpServer | undefined;

afterEach(async () => {
  await server?.close();
});

/** A request to a guarded page, with any headers; by way of a proxy when `through` names its header. */
async function ask(token: Secret | undefined, headers: Record<string, string>) {
  const guard = createGuard(token);
  const started = await startHttp(
    (incoming, response) => {
      if (guard(incoming, response)) response.end('inside');
      return true;
    },
    0,
    '127.0.0.1',
  );
  server = started;
  const { port } = started;
  return new Promise<{ status: number | undefined; text: string; challenge: string | undefined }>(
    (resolve, reject) => {
      httpRequest({ port, host: '127.0.0.1', headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode, text, challenge: response.headers['www-authenticate'] }),
        );
      })
        .on('error', reject)
        .end();
    },
  );
}

it.each(['127.0.0.1:3000', 'localhost', 'LOCALHOST:1', '[::1]:3000'])(
  'lets this machine in as %s',
  async (host) => {
    expect(await ask(undefined, { host })).toMatchObject({ status: 200, text: 'inside' });
  },
);

it.each([
  { host: 'rebound.example.org' },
  { host: 'localhost.example.org' },
  { host: '127.0.0.1.example.org' },
  { host: 'localhost', 'x-forwarded-for': '203.0.113.9' },
  { host: 'localhost', forwarded: 'for=203.0.113.9' },
  { host: 'localhost', via: '1.1 proxy' },
])('takes nobody else for this machine: %o', async (headers) => {
  const { status, text } = await ask(undefined, headers);
  expect(status).toBe(403);
  expect(text).toContain('JAWS_OPS_WEB_TOKEN is not set');
});

it.each([`Bearer ${encodeURI('plain-token-of-the-test')}`, basic('plain-token-of-the-test')])(
  'lets in whoever shows the token: %s',
  async (authorization) => {
    const token = new Secret('JAWS_OPS_WEB_TOKEN', 'plain-token-of-the-test');
    expect(await ask(token, { host: 'bot.example.org', authorization })).toMatchObject({ status: 200 });
  },
);

it('takes a password with colons whole', async () => {
  const headers = { host: 'bot.example.org', authorization: basic(TOKEN.reveal()) };
  expect(await ask(TOKEN, headers)).toMatchObject({ status: 200 });
});

it.each(['', 'Bearer ', 'Bearer wrong', basic('wrong'), basic(''), 'Basic !!!', 'Digest a-token', 'a-token'])(
  'asks for the token and shows nothing of it: %s',
  async (authorization) => {
    const answer = await ask(TOKEN, { host: 'bot.example.org', authorization });
    expect(answer.status).toBe(401);
    expect(answer.challenge).toContain('Basic');
    expect(answer.text).not.toContain('a-token-of-the-test');
  },
);
