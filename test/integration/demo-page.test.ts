import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DemoPage, startPage } from '../../src/sandbox/page/server.ts';
import { type SlackEmulator, startSlack } from '../../src/sandbox/slack/emulator.ts';
import { aBrowser, BROWSER_LIMIT_MS, violationsOn } from '../fixtures/browser.ts';

let slack: SlackEmulator;
let page: DemoPage;
let bot: Server;
const delivered: URLSearchParams[] = [];

beforeAll(async () => {
  slack = await startSlack({ users: ['ada', 'mallory'], channels: ['#jaws-aws'] });
  page = await startPage({
    slack,
    people: [
      { name: 'ada', about: 'operator' },
      { name: 'mallory', about: 'may look' },
    ],
  });
  // Stands in for the bot: acknowledges everything, and keeps what it was sent.
  bot = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      body += part;
    });
    request.on('end', () => {
      delivered.push(new URLSearchParams(body));
      response.end('{"text":"done"}');
    });
  });
  await new Promise<void>((resolve) => bot.listen(0, '127.0.0.1', resolve));
  slack.connect(`http://127.0.0.1:${(bot.address() as AddressInfo).port}`);
});

afterAll(async () => {
  await page?.close();
  await slack?.close();
  bot?.closeAllConnections();
  bot?.close();
});

const JSON_TYPE = { 'content-type': 'application/json' };
const ADA = { user: 'ada', place: 'jaws-aws' };

function post(path: string, body: object, headers: Record<string, string> = JSON_TYPE): Promise<Response> {
  return fetch(`${page.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** The first event of a stream: everything that a viewer sees. */
async function seenBy(user: string): Promise<string> {
  const ended = new AbortController();
  const { body } = await fetch(`${page.url}events?user=${user}&place=jaws-aws`, { signal: ended.signal });
  if (body === null) throw new Error('the stream has no body');
  let text = '';
  for await (const part of body.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (/^data: .*\n/m.test(text)) break;
  }
  ended.abort();
  return text;
}

test('what is typed reaches the bot as Slack would send it, and its answer reaches the one who asked', async () => {
  expect((await post('command', { ...ADA, text: '/jaws status aws' })).status).toBe(200);
  expect(delivered.at(-1)?.get('text')).toBe('status aws');
  expect(delivered.at(-1)?.get('user_id')).toBe(slack.users['ada']);
  expect(await seenBy('ada')).toContain('only visible to you');
  expect(await seenBy('mallory')).not.toContain('only visible to you');
});

async function say(text: string, blocks: readonly object[]): Promise<void> {
  const response = await fetch(`${slack.apiUrl}chat.postMessage`, {
    method: 'POST',
    headers: { ...JSON_TYPE, authorization: `Bearer ${slack.botToken}` },
    body: JSON.stringify({ channel: slack.channels['jaws-aws'], text, blocks }),
  });
  expect(await response.json()).toMatchObject({ ok: true });
}

const plain = (text: string) => ({ type: 'plain_text', text });

test('a press carries the button that the message has, and no other', async () => {
  const value = JSON.stringify({ command: 'status', input: {} });
  await say('A choice', [
    { type: 'actions', elements: [{ type: 'button', action_id: 'choice-0', text: plain('Look'), value }] },
  ]);
  const [message] = [...(await seenBy('mallory')).matchAll(/"(m-[\w-]+)":/g)].map(([, id]) => id);
  const press = { user: 'mallory', place: 'jaws-aws', message, actionId: 'choice-0' };
  expect((await post('press', { ...press, value })).status).toBe(200);
  const payload = delivered.at(-1)?.get('payload') ?? '';
  expect(JSON.parse(payload)).toMatchObject({
    type: 'block_actions',
    user: { id: slack.users['mallory'] },
    actions: [{ action_id: 'choice-0', value }],
  });
  expect((await post('press', { ...press, value: 'another' })).status).toBe(400);
});

test.each([
  ['another site in the same browser', { ...JSON_TYPE, origin: 'https://evil.example.org' }, 405],
  ['a form', { 'content-type': 'text/plain' }, 405],
  ['somebody behind a proxy', { ...JSON_TYPE, 'x-forwarded-for': '203.0.113.9' }, 403],
])('takes nothing from %s', async (_, headers, status) => {
  const before = delivered.length;
  expect((await post('command', { ...ADA, text: '/jaws jobs' }, headers)).status).toBe(status);
  expect(delivered).toHaveLength(before);
});

test.each([
  [{ ...ADA, user: 'root', text: '/jaws jobs' }, 400],
  [{ ...ADA, text: '' }, 400],
  [{}, 400],
  [{ ...ADA, text: 'hello' }, 200],
])('sends nothing that is no command of a known person: %o', async (body, status) => {
  const before = delivered.length;
  expect((await post('command', body)).status).toBe(status);
  expect(delivered).toHaveLength(before);
});

test('an overflow menu is used by keyboard alone, and sends the option that was taken', async () => {
  await say('A menu', [
    { type: 'markdown', text: '# Notes\n\n- **one**\n\n| a | b |\n|---|---|\n| 1 | 2 |' },
    {
      type: 'section',
      text: plain('A site'),
      accessory: {
        type: 'overflow',
        action_id: 'more',
        options: ['Look', 'Stop'].map((text) => ({ text: plain(text), value: text.toLowerCase() })),
      },
    },
  ]);
  const browser = await aBrowser();
  try {
    const tab = await browser.newPage();
    tab.setDefaultTimeout(BROWSER_LIMIT_MS);
    await tab.goto(page.url);
    const summary = tab.locator('.overflow > summary');
    const option = (name: string) => tab.locator('.overflow').getByRole('button', { name });
    const isFocused = (of: Locator) =>
      of.evaluate((element) => element === element.ownerDocument.activeElement);
    await summary.focus();
    await tab.keyboard.press('Enter');
    await option('Look').waitFor();
    expect(await violationsOn(tab)).toEqual([]);
    await tab.keyboard.press('Escape');
    await option('Look').waitFor({ state: 'hidden' });
    expect(await isFocused(summary)).toBe(true);
    await tab.keyboard.press('Enter');
    await tab.keyboard.press('Tab');
    await tab.keyboard.press('Tab');
    expect(await isFocused(option('Stop'))).toBe(true);
    const answered = tab.waitForResponse((response) => response.url().endsWith('/press'));
    await tab.keyboard.press('Enter');
    expect((await answered).status()).toBe(200);
    await option('Stop').waitFor({ state: 'hidden' });
    expect(JSON.parse(delivered.at(-1)?.get('payload') ?? '')).toMatchObject({
      actions: [{ type: 'overflow', action_id: 'more', selected_option: { value: 'stop' } }],
    });
    await tab.locator('.markdown').getByRole('heading', { name: 'Notes' }).waitFor();
    expect(await tab.locator('.undrawn').count()).toBe(0);
  } finally {
    await browser.close();
  }
});
