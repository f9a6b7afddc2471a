import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DemoPage, startPage } from '../../../src/sandbox/page/server.ts';
import { ROLES } from '../../../src/sandbox/product.ts';
import { aBrowser, violationsOn } from '../../fixtures/browser.ts';
import { aProduct, type TestProduct } from '../../fixtures/product.ts';

const SCHEMES = ['light', 'dark'] as const;
const SIZES = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
];

let product: TestProduct;
let demo: DemoPage;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  product = await aProduct(['aws']);
  demo = await startPage({ slack: product.slack, people: ROLES });
  browser = await aBrowser();
  page = await open(demo.url);
  await page.locator('[data-place="jaws-aws"]').click();
});

afterAll(async () => {
  await browser?.close();
  await demo?.close();
  await product?.remove();
});

/** A page that notes everything a browser complains about: scripts, policies, files that are missing. */
async function open(url: string): Promise<Page> {
  const opened = await browser.newPage();
  opened.setDefaultTimeout(120_000);
  opened.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  opened.on('pageerror', (error) => complaints.push(error.message));
  await opened.goto(url);
  return opened;
}

async function type(text: string, user = 'ada'): Promise<void> {
  await page.locator('#user').selectOption(user);
  await page.locator('#text').fill(text);
  await page.locator('#text').press('Enter');
}

const message = (text: string | RegExp) => page.locator('#messages > li', { hasText: text });

describe('in a browser', () => {
  test('a deploy fills its message in, and the board follows without being loaded again', async () => {
    const board = await open(`${product.slack.botUrl}/`);
    await board.evaluate('globalThis.loadedOnce = true');
    const cell = board.locator('#cell-aws-dev');
    await cell.getByText('not installed').first().waitFor();

    await type('/jaws deploy dev aws 2.5.4');
    await message('Deploying JAWS Site 2.5.4').waitFor();
    await board.locator('#running').getByText('on dev at aws').first().waitFor();
    await message(/Deployed JAWS Site 2\.5\.4 on dev at aws in/).waitFor();

    await cell.getByText('4 of 4 services').waitFor();
    expect(await cell.locator('.version').textContent()).toBe('2.5.4');
    await board.locator('#ended').getByText('dev at aws').first().waitFor();
    expect(await board.evaluate('globalThis.loadedOnce')).toBe(true);
    await board.close();
  });

  test('a status is seen by the one who asked for it, and by nobody else', async () => {
    await type('/jaws status aws dev');
    await message('only visible to you').getByText('run-daemon').first().waitFor();
    await page.locator('#user').selectOption('mallory');
    await message('Deployed').waitFor();
    expect(await message('only visible to you').count()).toBe(0);
  });

  test('who may not is refused, and told so alone', async () => {
    await type('/jaws stop dev aws', 'mallory');
    await message('does not have the right').waitFor();
  });

  test('a restart, typed in another channel: the own one says that something happened there', async () => {
    await page.locator('[data-place="jaws-dori"]').click();
    await type('/jaws restart dev aws --reason "from the page"');
    await page.locator('[data-place="jaws-aws"]', { hasText: '1 new' }).waitFor();
    await page.locator('[data-place="jaws-aws"]').click();
    await message(/Restarted JAWS Site.* on dev at aws in/).waitFor();
  });

  test('a run that was begun is cancelled', async () => {
    await type('/jaws deploy dev aws 2.6.0');
    const running = message('Deploying JAWS Site 2.6.0');
    const job = await running.locator('.context code').first().textContent();
    await type(`/jaws cancel ${job}`);
    await message(/Deploy of JAWS Site.* on dev at aws cancelled/).waitFor();
  });

  test('a button of a message does what it says, as the person who presses it', async () => {
    const { slack } = product;
    const value = JSON.stringify({ command: 'status', input: { site: 'aws', deployment: 'dev' } });
    const button = {
      type: 'button',
      action_id: 'choice-0',
      text: { type: 'plain_text', text: 'How is it?' },
      value,
    };
    await fetch(`${slack.apiUrl}chat.postMessage`, {
      method: 'POST',
      headers: { authorization: `Bearer ${slack.botToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        channel: slack.channels['jaws-aws'],
        text: 'A question',
        blocks: [{ type: 'actions', elements: [button] }],
      }),
    });
    await page.locator('#user').selectOption('grace');
    await page.getByRole('button', { name: 'How is it?' }).click();
    await message('only visible to you').getByText('dev at aws').first().waitFor();
  });

  test('what is no command is not sent', async () => {
    await type('hello');
    await page.locator('#note', { hasText: 'begin with /jaws' }).waitFor();
  });

  test('nothing is left undrawn, and axe finds nothing wrong with page and board', async () => {
    expect(await page.locator('.undrawn').count()).toBe(0);
    const board = await open(`${product.slack.botUrl}/`);
    for (const shown of [page, board]) {
      for (const viewport of SIZES) {
        for (const colorScheme of SCHEMES) {
          await shown.setViewportSize(viewport);
          await shown.emulateMedia({ colorScheme });
          expect(await violationsOn(shown)).toEqual([]);
          expect(
            await shown.evaluate('document.documentElement.scrollWidth - innerWidth'),
          ).toBeLessThanOrEqual(0);
        }
      }
    }
    expect(complaints).toEqual([]);
  });
});
